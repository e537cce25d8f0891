// For what would fill the log when it happens a thousand times a second.
#pragma once

#include <atomic>
#include <chrono>

namespace dftp {

// Thread-safe.
class Seldom {
 public:
  // True at most once a minute.
  bool due() {
    const auto now = Clock::now().time_since_epoch().count();
    auto next = next_.load();
    return now >= next && next_.compare_exchange_strong(next, now + Clock::duration(std::chrono::minutes(1)).count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::atomic<Clock::rep> next_{0};
};

}  // namespace dftp
