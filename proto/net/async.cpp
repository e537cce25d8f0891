#include "proto/net/async.h"

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/redirect_error.hpp>

#include "proto/net/failures.h"

namespace dftp::net {

void spawn(Executor executor, Task<void> task) {
  spawn(std::move(executor), std::move(task), Failed());
}

Task<void> sleep_for(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  asio::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Task<void> yield() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

Task<void> join(Task<void>&& first, Task<void>&& second) {
  using namespace asio::experimental::awaitable_operators;
  co_await (std::move(first) && std::move(second));
}

Task<void> Signal::wait() {
  asio::error_code ignored;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Task<bool> Signal::wait_for(Duration limit) {
  asio::steady_timer deadline(timer_.get_executor(), limit);
  auto [order, notified, passed] =
      co_await asio::experimental::make_parallel_group(timer_.async_wait(asio::experimental::deferred),
                                                       deadline.async_wait(asio::experimental::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_return order[0] == 0;
}

}  // namespace dftp::net
