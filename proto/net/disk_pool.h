// Threads for work that may block on a disk or burn a core (hashing, scrypt), so that loops never do. The pool must go
// before the loops whose tasks use it: its threads may still touch them when the last result is there.
#pragma once

#include <optional>
#include <type_traits>

#include "proto/net/async.h"

namespace dftp::net {

class DiskPool {
 public:
  explicit DiskPool(std::size_t threads) : pool_(threads) {}
  ~DiskPool() { pool_.join(); }

  // Runs `work` on a pool thread and comes back to the awaiting coroutine's loop with what it returned, or threw. What
  // it captures by reference must live until then (a local of the awaiting coroutine does).
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work) {
    std::optional<std::invoke_result_t<Work&>> result;
    auto keep_result = [&] { result.emplace(work()); };
    co_await call([](void* keep) { (*static_cast<decltype(keep_result)*>(keep))(); }, &keep_result);
    co_return std::move(*result);
  }

 private:
  // Calls function(argument) on a pool thread. One function for all kinds of work keeps compile times low.
  Task<void> call(void (*function)(void*), void* argument);

  asio::thread_pool pool_;
};

}  // namespace dftp::net
