// Standard input and output, and whatever else is written in order, as Storage, for transfers from and to a pipe. One
// file, whatever its path. Reads and writes block (call them on the pool, as any storage) until interrupt() is called,
// from any thread: from then on they fail with Code::cancelled until resume().
#pragma once

#include <filesystem>
#include <memory>

#include "proto/storage/storage.h"

namespace dftp::client {

class PipeStorage : public Storage {
 public:
  virtual void interrupt() = 0;
  virtual void resume() = 0;
  // Until a sink takes bytes. True: it had to wait, for whoever reads it.
  virtual Result<bool> wait_for_room() = 0;
  // Bytes read, or written, so far.
  virtual std::uint64_t position() const = 0;
};

// open() yields a file that reads `descriptor` from beginning to end: offsets must go on where the last read ended,
// Code::changed otherwise (what was read is gone). The descriptor stays the caller's. Everything else is
// Code::unsupported.
Result<std::shared_ptr<PipeStorage>> make_pipe_source(int descriptor);

// The same for what can only be read in order, or whose size says nothing, and is opened: FIFOs, character devices,
// files of /proc. nullptr for anything else. Does not wait for a FIFO's writer; reading does.
Result<std::shared_ptr<PipeStorage>> open_pipe_source(const std::filesystem::path& path);

// open_partial() yields a file that writes to `descriptor` in order: what lies before position() is not written again,
// what lies beyond it is Code::integrity. The position is kept from one partial to the next. A reader that went away is
// Code::io with EPIPE. With `md5` the partial knows the MD5 of all that was delivered. Code::not_found for a descriptor
// that this process was not started with: a number that a user gives must not lead to one of its own connections.
Result<std::shared_ptr<PipeStorage>> make_pipe_sink(int descriptor, bool md5 = false);
// The same for a FIFO or a character device, which is opened: /dev/null, /dev/tty. Code::unsupported for others.
Result<std::shared_ptr<PipeStorage>> open_pipe_sink(const std::filesystem::path& path, bool md5 = false);

}  // namespace dftp::client
