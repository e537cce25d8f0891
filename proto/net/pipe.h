// Our end of a pipe or a socket pair with another process. Belongs to one loop; one read and one write at the same
// time.
#pragma once

#include <asio/posix/stream_descriptor.hpp>

#include "proto/net/async.h"
#include "proto/net/unique_fd.h"
#include "proto/wire/bytes.h"

namespace dftp::net {

class Pipe {
 public:
  // Becomes non-blocking.
  Pipe(Executor executor, UniqueFd fd);

  // As much as is there, at least one byte; 0 at the end. Code::cancelled after close().
  Task<Result<std::size_t>> read_some(MutableBytes out);
  // All of it. Code::disconnected when nobody reads any more.
  Task<Result<void>> write(Bytes data);
  void close();
  // To the other side it has come to its end; only of a socket pair.
  void finish();

 private:
  asio::posix::stream_descriptor descriptor_;
};

}  // namespace dftp::net
