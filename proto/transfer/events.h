// What a transfer tells whoever runs it: for a progress bar, a log line, a receipt. Called on the transfer's loop; a
// handler returns soon and never calls back into the engine.
#pragma once

#include <cstdint>
#include <optional>

#include "proto/digest/md5.h"
#include "proto/wire/message.h"

namespace dftp {

// One announced thing.
struct Item {
  std::uint64_t number = 0;  // within this transfer
  std::uint32_t source = 0;  // index of the source or target
  RemotePath path;           // beneath it; the root: the source itself
  Announcement::Kind kind = Announcement::Kind::file;
  std::optional<std::uint64_t> size;
};

// Of `special` and sometimes of `stored` an error that is a note (is_note()) says more.
enum class Outcome {
  stored,
  skipped,  // the same already
  special,  // a FIFO, socket or device, which is left out
  failed,
};

// Of a stored file.
struct Proof {
  std::uint64_t size = 0;
  Digest root{};              // of the MD5 tree, equal at both ends
  std::optional<Digest> md5;  // of the whole file, when it was asked for; equal at both ends
};

class TransferEvents {
 public:
  virtual ~TransferEvents() = default;
  virtual void announced(const Item&) {}
  // No more will be announced.
  virtual void listed() {}
  // File bytes that crossed the network.
  virtual void moved(const Item&, std::uint64_t /*bytes*/) {}
  // Bytes that the receiver had already, now verified.
  virtual void resumed(const Item&, std::uint64_t /*bytes*/) {}
  // Bytes that came again because they had arrived damaged, or what an earlier attempt had left of them was damaged.
  virtual void repaired(const Item&, std::uint64_t /*bytes*/) {}
  virtual void settled(const Item&, Outcome, const std::optional<Error>&, const std::optional<Proof>&) {}
};

// The sum of the events, kept by the engine.
struct Totals {
  std::uint64_t files = 0;    // files and links stored
  std::uint64_t skipped = 0;  // files and links that were the same already
  std::uint64_t special = 0;  // FIFOs, sockets and devices, left out
  std::uint64_t failed = 0;   // of any kind
  std::uint64_t bytes = 0;    // size of the files stored and skipped
  std::uint64_t transferred = 0;
  std::uint64_t resumed = 0;
  std::uint64_t repaired = 0;
};

}  // namespace dftp
