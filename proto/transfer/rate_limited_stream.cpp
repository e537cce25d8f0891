#include "proto/transfer/rate_limited_stream.h"

#include <algorithm>

namespace dftp {

using Clock = RateLimit::Clock;

net::Task<Result<std::size_t>> RateLimitedStream::read_some(MutableBytes out) {
  if (!pace_.read) co_return co_await inner_->read_some(out);
  const auto piece = out.first(std::min(out.size(), pace_.read->piece()));
  auto got = co_await inner_->read_some(piece);
  // It is here already; what is held back is the next one.
  if (got) co_await wait_until(pace_.read->book(*got, Clock::now()));
  co_return got;
}

net::Task<Result<void>> RateLimitedStream::write(Bytes data) {
  if (!pace_.write) co_return co_await inner_->write(data);
  while (!data.empty()) {
    const auto piece = data.first(std::min(data.size(), pace_.write->piece()));
    co_await wait_until(pace_.write->book(piece.size(), Clock::now()));
    if (auto written = co_await inner_->write(piece); !written) co_return written;
    data = data.subspan(piece.size());
  }
  co_return Result<void>();
}

void RateLimitedStream::close() {
  closed_ = true;
  inner_->close();
  closing_.notify_all();
}

net::Task<void> RateLimitedStream::wait_until(Clock::time_point when) {
  const auto begun = Clock::now();
  while (!closed_ && Clock::now() < when) co_await closing_.wait_for(when - Clock::now());
  limited_ += Clock::now() - begun;
}

std::unique_ptr<net::Stream> rate_limited(std::unique_ptr<net::Stream> stream, RateLimits pace,
                                          const net::Executor& executor) {
  if (!pace.read && !pace.write) return stream;
  return std::make_unique<RateLimitedStream>(std::move(stream), std::move(pace), executor);
}

}  // namespace dftp
