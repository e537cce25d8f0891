// Threads for work that may block on a disk or burn a core (hashing, scrypt), so that loops never do. The pool must go
// before the loops whose tasks use it. An exception out of work is a bug and ends the process.
#pragma once

#include <type_traits>

#include "proto/net/async.h"

namespace dftp::net {

class DiskPool {
 public:
  explicit DiskPool(std::size_t threads) : pool_(threads) {}
  ~DiskPool() { pool_.join(); }

  // Runs `work` on a pool thread and comes back to the awaiting coroutine's loop with what it returned. What it
  // captures by reference must live until then (a local of the awaiting coroutine does).
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work) {
    using Value = std::invoke_result_t<Work&>;
    auto start = [this, &work](auto handler) {
      auto executor = asio::get_associated_executor(handler);
      auto keep = asio::prefer(executor, asio::execution::outstanding_work.tracked);
      asio::post(pool_, [&work, keep, handler = std::move(handler)]() mutable {
        auto value = std::make_unique<Value>(work());
        asio::post(keep, [handler = std::move(handler), value = std::move(value)]() mutable {
          std::move(handler)(std::move(*value));
        });
      });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Value)>(start, asio::use_awaitable);
  }

 private:
  asio::thread_pool pool_;
};

}  // namespace dftp::net
