// So many in a stretch of time, for each of several names: users, addresses.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "server/observe/window_counter.h"

namespace dftp::server {

// Thread-safe.
class WindowCounters {
 public:
  using Clock = std::chrono::steady_clock;
  // At most `max` for a name in each `stretch`. Of more than `names` at the same time the further ones get none.
  WindowCounters(std::size_t max, Clock::duration stretch, std::size_t names, Clock::time_point (*now)() = Clock::now)
      : max_(max), stretch_(stretch), names_(names), now_(now) {}

  // Whether there is one more for `name`; then it is taken.
  bool take(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    if (taken_.size() >= names_) std::erase_if(taken_, [&](const auto& one) { return one.second.over(stretch_, now); });
    const auto found = taken_.find(name);
    if (found == taken_.end() && taken_.size() >= names_) return false;
    WindowCounter& window = found == taken_.end() ? taken_[name] : found->second;
    return window.take(1, max_, stretch_, now);
  }

 private:
  const std::size_t max_;
  const Clock::duration stretch_;
  const std::size_t names_;
  Clock::time_point (*const now_)();
  std::mutex mutex_;
  std::map<std::string, WindowCounter> taken_;
};

}  // namespace dftp::server
