#include "proto/net/failures.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace dftp::net {
namespace {

using namespace std::chrono_literals;

Task<void> throw_later(std::exception_ptr thrown) {
  co_await sleep_for(1ms);
  std::rethrow_exception(thrown);
}

Task<void> wait_until(const bool& done) {
  while (!done) co_await sleep_for(1ms);
}

Task<Result<void>> fail_later() {
  co_await sleep_for(1ms);
  throw std::bad_alloc();
  co_return Result<void>();
}

class Failures : public testing::Test {
 protected:
  ~Failures() override { watch_failures(nullptr); }
  void run() {
    bool done = false;
    auto tick = [](bool& over) -> Task<void> {
      co_await sleep_for(20ms);
      over = true;
    };
    spawn(loop.executor(), tick(done));
    run_until_done(loop, wait_until(done));
  }
  Loop loop;
};

TEST_F(Failures, AnExceptionEndsItsTaskAndIsTold) {
  std::vector<Error> told;
  watch_failures([&](const Error& error) { told.push_back(error); });
  spawn(loop.executor(), throw_later(std::make_exception_ptr(std::length_error("vector"))));
  spawn(loop.executor(), throw_later(std::make_exception_ptr(std::bad_alloc())));
  spawn(loop.executor(), throw_later(std::make_exception_ptr(7)));
  run();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].errno_name, "ENOMEM");
  EXPECT_EQ(told[1].errno_name, "ENOMEM");
  EXPECT_EQ(told[2].code, Code::io);
}

TEST_F(Failures, WhoSpawnedItHearsOfIt) {
  std::optional<Error> heard;
  spawn(loop.executor(), throw_later(std::make_exception_ptr(std::runtime_error("oh"))),
        [&](const Error& error) { heard = error; });
  run();
  ASSERT_TRUE(heard);
  EXPECT_NE(heard->detail.find("oh"), std::string::npos);
}

TEST_F(Failures, WithoutAnybodyToTellItIsThrown) {
  spawn(loop.executor(), throw_later(std::make_exception_ptr(std::runtime_error("oh"))));
  EXPECT_THROW(run(), std::runtime_error);
}

TEST_F(Failures, AHandlerThatThrowsEndsNoLoop) {
  std::size_t told = 0;
  watch_failures([&](const Error&) { ++told; });
  asio::post(loop.executor(), [] { throw std::runtime_error("oh"); });
  run();
  EXPECT_EQ(told, 1u);
}

TEST_F(Failures, AWatcherThatThrowsIsNoFailureOfItsOwn) {
  watch_failures([](const Error&) { throw std::bad_alloc(); });
  spawn(loop.executor(), throw_later(std::make_exception_ptr(std::runtime_error("oh"))));
  run();
}

TEST_F(Failures, CaughtTurnsAnExceptionIntoAnError) {
  const auto result = run_until_done(loop, caught(fail_later()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().errno_name, "ENOMEM");
}

}  // namespace
}  // namespace dftp::net
