// So many in a stretch of time, for each of several names: users, addresses.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace dftp {

// Thread-safe.
class Rates {
 public:
  using Clock = std::chrono::steady_clock;
  // At most `most` for a name in each `stretch`. Of more than `names` at the same time the further ones get none.
  Rates(std::size_t most, Clock::duration stretch, std::size_t names, Clock::time_point (*now)() = Clock::now)
      : most_(most), stretch_(stretch), names_(names), now_(now) {}

  // Whether there is one more for `name`; then it is taken.
  bool take(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    if (taken_.size() >= names_) std::erase_if(taken_, [&](const auto& one) { return over(one.second, now); });
    const auto found = taken_.find(name);
    if (found == taken_.end() && taken_.size() >= names_) return false;
    Window& window = found == taken_.end() ? taken_[name] : found->second;
    if (over(window, now)) window = {now, 0};
    if (window.count >= most_) return false;
    ++window.count;
    return true;
  }

 private:
  struct Window {
    Clock::time_point begun{};
    std::size_t count = 0;
  };
  bool over(const Window& window, Clock::time_point now) const { return now - window.begun >= stretch_; }

  const std::size_t most_;
  const Clock::duration stretch_;
  const std::size_t names_;
  Clock::time_point (*const now_)();
  std::mutex mutex_;
  std::map<std::string, Window> taken_;
};

}  // namespace dftp
