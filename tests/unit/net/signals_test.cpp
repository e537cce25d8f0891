#include "proto/net/signals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "proto/net/unique_fd.h"

namespace dftp::net {
namespace {

using namespace std::chrono_literals;

Task<int> next_of(Signals& signals) {
  co_return co_await signals.next();
}

TEST(Signals, OneThatCameBeforeAnybodyWaitedIsNotLost) {
  Loop loop;
  Signals signals(loop.executor(), {SIGUSR1, SIGUSR2});
  std::raise(SIGUSR2);
  EXPECT_EQ(run_until_done(loop, next_of(signals)), SIGUSR2);
}

Task<int> closed_while_waiting(Signals& signals) {
  asio::post(co_await asio::this_coro::executor, [&] { signals.close(); });
  co_return co_await signals.next();
}

TEST(Signals, CloseEndsTheWaitAndEveryFurtherOne) {
  Loop loop;
  Signals signals(loop.executor(), {SIGUSR1});
  EXPECT_EQ(run_until_done(loop, closed_while_waiting(signals)), 0);
  EXPECT_EQ(run_until_done(loop, next_of(signals)), 0);
}

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  UniqueFd read, write;
};

Task<bool> ready_after(int fd, const std::function<void()>& event) {
  auto executor = co_await asio::this_coro::executor;
  bool happened = false;
  asio::steady_timer timer(executor, 20ms);
  timer.async_wait([&](asio::error_code) {
    happened = true;
    event();
  });
  co_await wait_readable(fd);
  co_return happened;
}

TEST(WaitReadable, ReturnsWhenSomethingCame) {
  Loop loop;
  Pipe pipe;
  const std::function<void()> write = [&] { ASSERT_EQ(::write(pipe.write.get(), "x", 1), 1); };
  EXPECT_TRUE(run_until_done(loop, ready_after(pipe.read.get(), write)));
}

TEST(WaitReadable, ReturnsAtTheEnd) {
  Loop loop;
  Pipe pipe;
  const std::function<void()> close = [&] { pipe.write.reset(); };
  EXPECT_TRUE(run_until_done(loop, ready_after(pipe.read.get(), close)));
}

TEST(WaitReadable, LeavesTheDescriptorBlocking) {
  Loop loop;
  Pipe pipe;
  ASSERT_EQ(::write(pipe.write.get(), "x", 1), 1);
  run_until_done(loop, wait_readable(pipe.read.get()));
  EXPECT_EQ(::fcntl(pipe.read.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(WaitReadable, ReturnsAtOnceForARegularFile) {
  Loop loop;
  std::FILE* file = std::tmpfile();
  if (!file) FAIL() << "no temporary file";
  run_until_done(loop, wait_readable(::fileno(file)));
  std::fclose(file);
}

}  // namespace
}  // namespace dftp::net
