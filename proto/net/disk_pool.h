// Threads for work that may block on a disk or burn a core (hashing, scrypt), so that loops never do. The pool must go
// before the loops whose tasks use it: its threads may still touch them when the last result is there.
//
// Work stands in queues, and those in which something stands are served in turn, a piece each: however much somebody
// has to do, others wait for a piece of it and not for all. docs/decisions/0044.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>

#include "proto/net/async.h"

namespace dftp::net {

class DiskPool {
 public:
  // Threads with a first queue. `max`: so many of them are busy with one queue at most, so that others find one free.
  explicit DiskPool(std::size_t threads, std::size_t max = SIZE_MAX);
  ~DiskPool();
  DiskPool(const DiskPool&) = delete;
  DiskPool& operator=(const DiskPool&) = delete;

  // The same threads, by another queue, which must be there as long as this pool or as work that is run by it.
  DiskPool another_queue() const { return DiskPool(threads_); }

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
  class Threads;
  struct Queue;
  explicit DiskPool(Threads& threads);
  // Calls function(argument) on a pool thread. One function for all kinds of work keeps compile times low.
  Task<void> call(void (*function)(void*), void* argument);

  const std::shared_ptr<Queue> queue_;
  const std::unique_ptr<Threads> own_;  // nullptr: another pool's; they end before the queue goes that they still serve
  Threads& threads_;
};

}  // namespace dftp::net
