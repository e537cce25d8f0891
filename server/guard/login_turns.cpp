#include "server/guard/login_turns.h"

namespace dftp::server {

// Belongs to the loop of whoever waits.
struct LoginTurns::Waiter {
  net::Executor home;
  net::Signal changed{home};
  bool has_turn = false;
};

net::Task<LoginTurns::Turn> LoginTurns::take(std::string source) {
  const auto home = co_await asio::this_coro::executor;
  std::shared_ptr<Waiter> waiter;
  {
    const std::lock_guard lock(mutex_);
    const auto [queue, first] = sources_.try_emplace(source);
    if (!first) queue->second.push_back(waiter = std::make_shared<Waiter>(home));
  }
  while (waiter && !waiter->has_turn) co_await waiter->changed.wait();
  co_return Turn(*this, std::move(source));
}

void LoginTurns::pass_on(const std::string& source) {
  std::shared_ptr<Waiter> next;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    const auto queue = sources_.find(source);
    if (queue->second.empty()) {
      sources_.erase(queue);
      return;
    }
    next = std::move(queue->second.front());
    queue->second.pop_front();
  }
  const net::Executor home = next->home;
  net::spawn(home, wake(std::move(next)));
}

net::Task<void> LoginTurns::wake(std::shared_ptr<Waiter> waiter) {
  waiter->has_turn = true;
  waiter->changed.notify_all();
  co_return;
}

void LoginTurns::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::size_t LoginTurns::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [source, queue] : sources_) sum += queue.size();
  return sum;
}

}  // namespace dftp::server
