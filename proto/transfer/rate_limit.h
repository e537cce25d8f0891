// How fast file data may go: what --limit-rate and the server's limit_rate promise.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

namespace dftp {

// Bytes a second, shared by all connections that have it: each books a piece and waits until its turn has come.
// Thread-safe.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  // 0: nothing is held back.
  explicit RateLimit(std::uint64_t bytes_per_second) : rate_(bytes_per_second) {}

  // From the next piece on.
  void change(std::uint64_t bytes_per_second) { rate_ = bytes_per_second; }

  // The most to be booked at once: so little that the flow is smooth, so much that it costs nothing.
  std::size_t piece() const;
  // When `bytes` more may go.
  Clock::time_point book(std::size_t bytes, Clock::time_point now);

 private:
  std::atomic<std::uint64_t> rate_;
  std::mutex mutex_;
  Clock::time_point next_{};
};

// Which way data is held back; an empty pointer: it is not.
struct RateLimits {
  std::shared_ptr<RateLimit> read, write;
};

}  // namespace dftp
