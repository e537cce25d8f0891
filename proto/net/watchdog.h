// The deadline of a stream's waits. One timer for both directions, re-armed only when a wait ends sooner than the timer
// is set for: beginning and ending a wait is two stores, not a system call.
#pragma once

#include <array>

#include "proto/net/async.h"

namespace dftp::net {

enum class Direction { read, write };

class Watchdog {
 public:
  using Clock = std::chrono::steady_clock;

  // `bite` runs on the executor when a deadline has passed, at most once, and never after the watchdog is gone.
  Watchdog(Executor executor, std::function<void()> bite);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void begin(Direction direction, Clock::time_point deadline);
  void end(Direction direction);

 private:
  struct State {
    asio::steady_timer timer;
    std::function<void()> bite;
    std::array<Clock::time_point, 2> deadlines{Clock::time_point::max(), Clock::time_point::max()};
    Clock::time_point armed_for = Clock::time_point::max();
  };
  static void arm(const std::shared_ptr<State>& state, Clock::time_point when);
  static void look(const std::shared_ptr<State>& state);

  // Shared with the timer's handler, which may be queued already when the watchdog goes.
  std::shared_ptr<State> state_;
};

// now + limit, or "never" where that would overflow.
Watchdog::Clock::time_point deadline_after(Duration limit);

}  // namespace dftp::net
