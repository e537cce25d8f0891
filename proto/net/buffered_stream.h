// Many small reads of a stream that makes a system call of each (one without TLS) become few: it is read ahead into a
// buffer. A read of more than the buffer holds goes where it belongs, past it.
#pragma once

#include <array>

#include "proto/net/wrapped_stream.h"

namespace dftp::net {

class BufferedStream final : public WrappedStream {
 public:
  using WrappedStream::WrappedStream;

  Task<Result<std::size_t>> read_some(MutableBytes out) override;
  bool has_buffered() const override { return begin_ < end_ || WrappedStream::has_buffered(); }

 private:
  std::array<std::byte, 16 * 1024> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace dftp::net
