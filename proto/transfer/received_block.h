// What came in one batch of blocks, and the disk work on it. Used by receiver*.cpp only.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "proto/transfer/block_reader.h"
#include "proto/transfer/receive_state.h"

namespace dftp {

struct ReceivedBlock {
  BlockHeader header;
  Bytes payload;
  std::shared_ptr<ReceiveState> file = {};  // none for blocks about the whole transfer

  // Filled in by carry_out().
  Verdict verdict = Verdict::fetch;  // of a `file` block
  std::vector<Digest> digests = {};  // computed from the bytes of a `data` block
  bool written = false;              // what is good of the content is on the disk
  std::optional<Error> error = {};   // may be set before: then nothing is done

  bool on_disk() const;                                   // has work for carry_out()
  std::uint64_t length() const;                           // file bytes that a `data`, `same` or `zero` block is about
  Bytes bytes() const;                                    // of a `data` block
  const Digest& expected_digest(std::size_t leaf) const;  // digest in a `data` block
};

// Checks the form of a `data`, `same` or `zero` block: edges, sizes, and that it lies within the file. Code::protocol.
Result<void> check_range(const ReceivedBlock& arrival);

// On the disk pool: decides about what was announced, hashes all leaves of the batch side by side, and writes what is
// good, in the order of the batch. Touches no bookkeeping of the loop's. Returns what hashing took of the time.
std::chrono::nanoseconds carry_out(std::vector<ReceivedBlock>& arrivals, const ReceiveOptions& options);

}  // namespace dftp
