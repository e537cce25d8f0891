// The words of asynchronous code here; only proto/net includes Asio, all other code uses these types.
//
// A Task runs on the executor of the coroutine that awaits it. One Loop is one thread: what lives on one loop needs no
// lock. Give co_await lvalues or trivially destructible temporaries as arguments: g++ 12 destroys others twice.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "proto/wire/error.h"

namespace dftp::net {

template <class T = void>
using Task = asio::awaitable<T>;
using Executor = asio::any_io_executor;
using Duration = std::chrono::steady_clock::duration;

// One thread's event loop.
class Loop {
 public:
  Loop() : context_(1), work_(asio::make_work_guard(context_)) {}
  Executor executor() { return context_.get_executor(); }
  // Until stop(), or until release() and nothing is left to do.
  void run();
  void stop() { context_.stop(); }
  void release() { work_.reset(); }
  asio::io_context& context() { return context_; }

 private:
  friend void busy_poll_hint();
  void run_ready();
  bool busy_poll(std::chrono::steady_clock::time_point until);

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::chrono::steady_clock::time_point awake_until_{};
  int credit_ = 0;  // for short waits
};

// Said by a task that expects its next event within microseconds, as between a request and its reply: the loop of this
// thread looks for it without going to sleep, as long as such waits have lately been short. docs/decisions/0011 has
// what that costs and brings.
void busy_poll_hint();
// Starts a task that nobody awaits. An exception ends it alone and is told to whoever watches this thread's failures
// (proto/net/failures.h); where nobody does it ends the process.
void spawn(Executor executor, Task<void> task);
// Runs `loop` on this thread until the task has ended.
template <class T>
T run_until_done(Loop& loop, Task<T> task) {
  std::optional<T> result;
  std::exception_ptr thrown;
  asio::co_spawn(loop.executor(), std::move(task), [&](std::exception_ptr error, T value) {
    thrown = error;
    result.emplace(std::move(value));
    loop.stop();
  });
  loop.context().restart();
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

inline void run_until_done(Loop& loop, Task<void> task) {
  std::exception_ptr thrown;
  asio::co_spawn(loop.executor(), std::move(task), [&](std::exception_ptr error) {
    thrown = error;
    loop.stop();
  });
  loop.context().restart();
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
}

Task<void> sleep_for(Duration duration);
// What has become ready before goes first, such as the answer to what was just read, before more is read.
Task<void> yield();

// Awaits both, which run interleaved on this thread. When one throws, the other is cancelled. Both tasks must live
// until then. One function for all types of results: a template of it costs seconds of compile time for each.
Task<void> join(Task<void>&& first, Task<void>&& second);

template <class T>
Task<void> keep_result(Task<T>& task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}

// Awaits both, which run interleaved on this thread; returns the results of both.
template <class A, class B>
Task<std::pair<A, B>> both(Task<A> first, Task<B> second) {
  std::optional<A> a;
  std::optional<B> b;
  auto one = keep_result(first, a);
  auto other = keep_result(second, b);
  co_await join(std::move(one), std::move(other));
  co_return std::pair<A, B>(std::move(*a), std::move(*b));
}

// Runs the task on another loop and comes back with its result.
template <class T>
Task<T> run_on(Executor executor, Task<T> task) {
  co_return co_await asio::co_spawn(std::move(executor), std::move(task), asio::use_awaitable);
}

// A condition on one thread: tasks wait until another one notifies. Nothing is remembered: a notification that comes
// while nobody waits is lost, and spurious wake-ups happen. So keep the condition beside it and wait in a loop, `while
// (!ready) co_await signal.wait();`: nothing runs between the check and the wait. A task that is spawned runs at once
// up to its first wait, and may have ended and notified by then: check once more behind it.
class Signal {
 public:
  explicit Signal(Executor executor) : timer_(executor, asio::steady_timer::time_point::max()) {}
  void notify_all() { timer_.expires_at(asio::steady_timer::time_point::max()); }  // cancels every wait
  Task<void> wait();
  // False when `limit` passed without a notification.
  Task<bool> wait_for(Duration limit);

 private:
  asio::steady_timer timer_;
};

}  // namespace dftp::net
