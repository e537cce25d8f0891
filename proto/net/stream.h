// A byte stream to a peer: TCP or a UNIX socket, plain or TLS. Belongs to one loop; at most one read and one write run
// at the same time. Every wait has a deadline: after `set_timeout` of silence an operation fails with Code::timed_out
// and the stream is closed. A peer that ends the connection is Code::disconnected.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "proto/net/async.h"
#include "proto/wire/bytes.h"
#include "proto/wire/error.h"

namespace dftp::net {

// Who is at the other end of a UNIX socket, as the kernel says.
struct PeerCredentials {
  std::uint32_t uid = 0, gid = 0;
  std::int32_t pid = 0;
};

class DiskPool;

struct FileRange {
  int file = -1;  // a descriptor
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // At least one byte; as many as are there without waiting again, up to out.size().
  virtual Task<Result<std::size_t>> read_some(MutableBytes out) = 0;
  // True: read_some() has more at hand of what it returned a part of last. False: perhaps it has to wait.
  virtual bool has_buffered() const { return false; }
  // All of it.
  virtual Task<Result<void>> write(Bytes data) = 0;
  // Whether write_file() can be used.
  virtual bool sends_files() const { return false; }
  // What became of it: `bytes` of the range are sent, fewer where the file does not have them or the disk fails.
  struct FileSent {
    std::uint64_t bytes = 0;
    Duration reading{};  // what the kernel took to move them, with the disk
  };
  // As write(), of a range of a file as it is at that time, without a copy through this process. `pool`: who may wait
  // for a disk.
  virtual Task<Result<FileSent>> write_file(const FileRange& range, DiskPool& pool);
  // Tells the peer that nothing more comes (TLS close_notify, FIN).
  virtual Task<void> finish() = 0;
  // At once; operations that run fail with Code::cancelled. May be called again, from the stream's own loop only.
  virtual void close() = 0;

  // Much will go over it: it may hold larger buffers, and hold them for as long as it lives.
  virtual void expect_bulk() = 0;

  // How long a read or a write may go without a byte of its own moving. limits::data_idle until set. Holds from the
  // next wait on.
  virtual void set_timeout(Duration limit) = 0;
  // Until taken back with time_point::max(), reads fail at this time even though bytes keep coming: a bound on a peer
  // that drips them.
  virtual void set_read_deadline(std::chrono::steady_clock::time_point deadline) = 0;
  // Segments that were lost on the way, here or there, since the beginning (tcp_lost_segments.h); 0 where there are
  // none.
  virtual std::uint64_t lost_segments() = 0;
  // What encrypting and decrypting has taken of the loop's time since the beginning.
  virtual Duration crypto_time() const { return {}; }
  // How long it has held data back since the beginning, to keep to a rate.
  virtual Duration limited_time() const { return {}; }
  // "192.0.2.7:51234", "[::1]:51234", "unix:1000"
  virtual const std::string& peer() const = 0;
  virtual bool encrypted() const = 0;
  // True for loopback addresses and UNIX sockets.
  virtual bool local() const = 0;
  virtual std::optional<PeerCredentials> credentials() const = 0;
  // TLS exporter with this label (RFC 5705), 32 bytes, the same at both ends; nullopt when not encrypted.
  virtual std::optional<std::array<std::byte, 32>> exported_key(std::string_view label) const = 0;
  // Lets the stream go on on another loop. No operation may be running. Call it on the old loop; use the stream on the
  // new.
  virtual Result<void> move_to(Executor executor) = 0;
};

// Reads until `out` is full. Code::disconnected when the peer ends before.
Task<Result<void>> read_exactly(Stream& stream, MutableBytes out);

}  // namespace dftp::net
