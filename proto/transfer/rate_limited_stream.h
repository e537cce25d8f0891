// A stream that keeps to a pace. Data flows in small pieces however large the caller's are, so that the peer sees it
// flowing, and a close does not wait.
#pragma once

#include "proto/net/wrapped_stream.h"
#include "proto/transfer/rate_limit.h"

namespace dftp {

class RateLimitedStream final : public net::WrappedStream {
 public:
  // `executor`: the loop that it lives on from now on; it cannot move.
  RateLimitedStream(std::unique_ptr<net::Stream> inner, RateLimits pace, const net::Executor& executor)
      : WrappedStream(std::move(inner)), pace_(std::move(pace)), closing_(executor) {}

  net::Task<Result<std::size_t>> read_some(MutableBytes out) override;
  net::Task<Result<void>> write(Bytes data) override;
  void close() override;
  net::Duration limited_time() const override { return limited_ + inner_->limited_time(); }

 private:
  net::Task<void> wait_until(RateLimit::Clock::time_point when);

  const RateLimits pace_;
  net::Signal closing_;
  bool closed_ = false;
  net::Duration limited_{};
};

// `stream` itself where nothing is held back.
std::unique_ptr<net::Stream> rate_limited(std::unique_ptr<net::Stream> stream, RateLimits pace,
                                          const net::Executor& executor);

}  // namespace dftp
