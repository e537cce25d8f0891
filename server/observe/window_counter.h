// Counts in fixed windows of time: so much in each, and the first one begins with the first count.
#pragma once

#include <chrono>
#include <cstddef>

namespace dftp::server {

// Pure: the time is given.
class WindowCounter {
 public:
  using Clock = std::chrono::steady_clock;

  // Whether there is room for `amount` more in this window of `length`, of `max` in all; then it is taken.
  bool take(std::size_t amount, std::size_t max, Clock::duration length, Clock::time_point now) {
    if (over(length, now)) {
      begun_ = now;
      taken_ = 0;
    }
    if (amount > max - taken_) return false;
    taken_ += amount;
    return true;
  }
  bool over(Clock::duration length, Clock::time_point now) const { return now - begun_ >= length; }

 private:
  Clock::time_point begun_{};
  std::size_t taken_ = 0;
};

}  // namespace dftp::server
