// Many requests that do not wait for each other.
#pragma once

#include <deque>
#include <functional>

#include "proto/net/async.h"

namespace dftp::sync {

// Takes from `left`, to which `act` may add, until nothing is left and none is under way; `width` at a time. `act` is
// no coroutine itself; it and `left` must live until this has ended.
template <class Item>
class InParallel {
 public:
  using Act = std::function<net::Task<bool>(Item item)>;
  InParallel(net::Executor executor, std::deque<Item>& left, Act act)
      : executor_(executor), left_(left), act_(std::move(act)), changed_(std::move(executor)) {}

  net::Task<void> run(std::size_t width) {
    workers_ = width;
    for (std::size_t i = 0; i < width; ++i) net::spawn(executor_, work());
    while (workers_ > 0) co_await changed_.wait();
  }

 private:
  net::Task<void> work() {
    while (!left_.empty() || busy_ > 0) {
      if (left_.empty()) {
        co_await changed_.wait();
        continue;
      }
      Item item = std::move(left_.front());
      left_.pop_front();
      ++busy_;
      auto done = act_(std::move(item));
      co_await std::move(done);
      --busy_;
      changed_.notify_all();
    }
    --workers_;
    changed_.notify_all();
  }

  const net::Executor executor_;
  std::deque<Item>& left_;
  const Act act_;
  net::Signal changed_;
  std::size_t workers_ = 0, busy_ = 0;
};

}  // namespace dftp::sync
