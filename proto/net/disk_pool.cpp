#include "proto/net/disk_pool.h"

namespace dftp::net {

Task<void> DiskPool::call(void (*function)(void*), void* argument) {
  auto start = [this, function, argument](auto handler) {
    auto executor = asio::get_associated_executor(handler);
    auto keep = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    asio::post(pool_, [function, argument, keep, handler = std::move(handler)]() mutable {
      std::exception_ptr thrown;
      try {
        function(argument);
      } catch (...) {
        thrown = std::current_exception();
      }
      asio::post(keep, [handler = std::move(handler), thrown]() mutable { std::move(handler)(thrown); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr)>(start, asio::use_awaitable);
}

}  // namespace dftp::net
