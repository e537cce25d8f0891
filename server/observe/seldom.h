// For what would fill the log when it happens a thousand times a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace dftp {

// Thread-safe.
class Seldom {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Seldom(std::uint64_t most_a_minute, Clock::time_point (*now)() = Clock::now)
      : most_(most_a_minute), now_(now) {}

  // Whether it is to be said: then how many have not been said since the last one that was.
  std::optional<std::uint64_t> due() {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    if (now - begun_ >= std::chrono::minutes(1)) {
      begun_ = now;
      said_ = 0;
    }
    if (said_ == most_) {
      ++unsaid_;
      return std::nullopt;
    }
    ++said_;
    return std::exchange(unsaid_, 0);
  }

 private:
  const std::uint64_t most_;
  Clock::time_point (*const now_)();
  std::mutex mutex_;
  Clock::time_point begun_ = now_();
  std::uint64_t said_ = 0, unsaid_ = 0;
};

}  // namespace dftp
