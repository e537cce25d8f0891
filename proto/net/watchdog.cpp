#include "proto/net/watchdog.h"

#include <algorithm>

namespace dftp::net {

Watchdog::Watchdog(Executor executor, std::function<void()> bite)
    : state_(std::make_shared<State>(asio::steady_timer(executor), std::move(bite))) {}

Watchdog::~Watchdog() {
  state_->bite = nullptr;
  state_->timer.cancel();
}

void Watchdog::begin(Direction direction, Clock::time_point deadline) {
  state_->deadlines[static_cast<std::size_t>(direction)] = deadline;
  if (deadline < state_->armed_for) arm(state_, deadline);
}

void Watchdog::end(Direction direction) {
  state_->deadlines[static_cast<std::size_t>(direction)] = Clock::time_point::max();
}

void Watchdog::arm(const std::shared_ptr<State>& state, Clock::time_point when) {
  state->armed_for = when;
  state->timer.expires_at(when);
  state->timer.async_wait([state](asio::error_code cancelled) {
    if (!cancelled) look(state);
  });
}

void Watchdog::look(const std::shared_ptr<State>& state) {
  state->armed_for = Clock::time_point::max();
  if (!state->bite) return;
  auto next = *std::ranges::min_element(state->deadlines);
  if (next <= Clock::now()) {
    std::exchange(state->bite, nullptr)();
  } else if (next != Clock::time_point::max()) {
    arm(state, next);
  }
}

Watchdog::Clock::time_point deadline_after(Duration limit) {
  auto now = Watchdog::Clock::now();
  return limit >= Watchdog::Clock::time_point::max() - now ? Watchdog::Clock::time_point::max() : now + limit;
}

}  // namespace dftp::net
