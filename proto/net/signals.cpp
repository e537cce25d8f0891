#include "proto/net/signals.h"

#include <sys/epoll.h>

#include <asio/redirect_error.hpp>
#include <csignal>

#include "proto/net/unique_fd.h"

namespace dftp::net {

Signals::Signals(Executor executor, std::initializer_list<int> numbers) : set_(executor) {
  for (const int number : numbers) set_.add(number);
}

Task<int> Signals::next() {
  if (closed_) co_return 0;
  asio::error_code error;
  const int number = co_await set_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return error ? 0 : number;
}

void Signals::close() {
  closed_ = true;
  set_.cancel();
}

bool is_ignored(int number) {
  struct sigaction now{};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

Readiness::Readiness(Executor executor, int fd) : descriptor_(executor) {
  asio::error_code ignored;
  descriptor_.assign(fd, ignored);
  descriptor_.native_non_blocking(true, ignored);
}

Task<void> Readiness::readable() {
  asio::error_code ignored;
  co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                                  asio::redirect_error(asio::use_awaitable, ignored));
}

void Readiness::close() {
  asio::error_code ignored;
  descriptor_.cancel(ignored);
}

Task<void> wait_readable(int fd) {
  // Asio would make `fd` non-blocking, and with it what other programs and standard output share with it. So it is
  // given an epoll descriptor of our own to wait for.
  UniqueFd waiting(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {}};
  // epoll refuses (EPERM) what is always ready.
  if (!waiting || ::epoll_ctl(waiting.get(), EPOLL_CTL_ADD, fd, &event) != 0) co_return;
  asio::posix::stream_descriptor descriptor(co_await asio::this_coro::executor);
  asio::error_code error;
  descriptor.assign(waiting.get(), error);
  if (error) co_return;
  waiting.release();
  co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace dftp::net
