#include "proto/net/buffered_stream.h"

#include <algorithm>
#include <cstring>

namespace dftp::net {

Task<Result<std::size_t>> BufferedStream::read_some(MutableBytes out) {
  if (out.empty()) co_return 0;
  if (begin_ == end_) {
    if (out.size() >= buffer_.size()) co_return co_await WrappedStream::read_some(out);
    const MutableBytes room(buffer_);
    const auto got = co_await WrappedStream::read_some(room);
    if (!got) co_return got;
    begin_ = 0;
    end_ = *got;
  }
  const std::size_t count = std::min(out.size(), end_ - begin_);
  std::memcpy(out.data(), buffer_.data() + begin_, count);
  begin_ += count;
  co_return count;
}

}  // namespace dftp::net
