#include "proto/net/async.h"

#include <ctime>
#include <thread>

#include "proto/net/disk_pool.h"
#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

TEST(LoopTest, RunsOneTaskAfterAnother) {
  Loop loop;
  auto answer = []() -> Task<int> {
    co_await sleep_for(1ms);
    co_return 42;
  };
  EXPECT_EQ(run_until_done(loop, answer()), 42);
  EXPECT_EQ(run_until_done(loop, answer()), 42);
}

TEST(LoopTest, ExceptionOfATaskReachesItsRunner) {
  Loop loop;
  auto broken = []() -> Task<void> {
    co_await sleep_for(1ms);
    throw std::logic_error("bug");
  };
  EXPECT_THROW(run_until_done(loop, broken()), std::logic_error);
}

TEST(LoopTest, TasksThatStillWaitGoWithTheirLoop) {
  auto held = std::make_shared<int>(7);
  std::weak_ptr<int> seen = held;
  {
    Loop loop;
    auto wait = [](std::shared_ptr<int>) -> Task<void> {
      auto pair = co_await tls_pair();
      std::array<std::byte, 4> room;
      (void)co_await pair.client->read_some(room);
    };
    spawn(loop.executor(), wait(std::move(held)));
    run_until_done(loop, sleep_for(50ms));
    EXPECT_FALSE(seen.expired());
  }
  EXPECT_TRUE(seen.expired());
}

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// What two loops say to each other, each answer awaited awake.
Task<void> talk(Executor other, int times) {
  for (int i = 0; i < times; ++i) {
    auto answer = [](int number) -> Task<int> {
      stay_awake();
      co_return number;
    };
    stay_awake();
    auto said = run_on(other, answer(i));
    EXPECT_EQ(co_await std::move(said), i);
  }
}

TEST(LoopTest, AwakeItMissesNothing) {
  Loop there;
  std::jthread thread([&] { there.run(); });
  Loop here;
  run_until_done(here, talk(there.executor(), 2000));
  there.stop();
}

// Awake each of the long waits would take 200 us of the processor, 0.1 s together.
TEST(LoopTest, ItSleepsWhereLongWaitsFollowShortOnes) {
  Loop there;
  std::jthread thread([&] { there.run(); });
  Loop here;
  run_until_done(here, talk(there.executor(), 100));
  double spent = 0;
  auto waits = [](Executor other, double* seconds) -> Task<void> {
    for (int i = 0; i < 500; ++i) {
      auto brief = talk(other, 1);
      co_await std::move(brief);
      const double before = thread_cpu_seconds();
      stay_awake();
      co_await sleep_for(1ms);
      *seconds += thread_cpu_seconds() - before;
    }
  };
  run_until_done(here, waits(there.executor(), &spent));
  there.stop();
  EXPECT_LT(spent, 0.06);
}

TEST(SignalTest, NotifyWakesAllThatWait) {
  in_loop([]() -> Task<void> {
    Signal signal(co_await asio::this_coro::executor);
    bool ready = false;
    auto wait = [](Signal& changed, bool& flag) -> Task<bool> {
      while (!flag) co_await changed.wait();
      co_return true;
    };
    auto notify = [](Signal& changed, bool& flag) -> Task<bool> {
      co_await sleep_for(10ms);
      flag = true;
      changed.notify_all();
      co_return true;
    };
    auto woken = co_await both(both(wait(signal, ready), wait(signal, ready)), notify(signal, ready));
    EXPECT_TRUE(woken.first.first && woken.first.second);
  });
}

TEST(SignalTest, WaitForEndsAtItsLimit) {
  in_loop([]() -> Task<void> {
    Signal signal(co_await asio::this_coro::executor);
    auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(co_await signal.wait_for(50ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 50ms);
    EXPECT_LE(std::chrono::steady_clock::now() - begun, 1s);
  });
}

TEST(SignalTest, WaitForIsTrueWhenNotifiedAndLeavesOtherWaitsAlone) {
  in_loop([]() -> Task<void> {
    Signal signal(co_await asio::this_coro::executor);
    auto wait = [](Signal& changed, Duration limit) -> Task<bool> { co_return co_await changed.wait_for(limit); };
    auto notify = [](Signal& changed) -> Task<bool> {
      co_await sleep_for(60ms);
      changed.notify_all();
      co_return true;
    };
    auto [waits, notified] = co_await both(both(wait(signal, 20ms), wait(signal, 5s)), notify(signal));
    EXPECT_FALSE(waits.first);
    EXPECT_TRUE(waits.second);
  });
}

TEST(DiskPoolTest, WorkRunsElsewhereAndItsResultComesBackHere) {
  in_loop([]() -> Task<void> {
    DiskPool pool(2);
    auto here = std::this_thread::get_id();
    auto work = [] { return std::this_thread::get_id(); };
    auto there = co_await pool.run(work);
    EXPECT_TRUE(there != here);
    EXPECT_TRUE(std::this_thread::get_id() == here);
  });
}

TEST(DiskPoolTest, ResultMayBeMoveOnlyAndWorkMaySeeLocals) {
  in_loop([]() -> Task<void> {
    DiskPool pool(2);
    std::string local = "of the caller";
    auto work = [&local] { return std::make_unique<std::string>(local); };
    auto result = co_await pool.run(work);
    EXPECT_EQ(*result, local);
  });
}

TEST(DiskPoolTest, ManyTasksShareIt) {
  in_loop([]() -> Task<void> {
    DiskPool pool(3);
    auto many = [](DiskPool& threads) -> Task<int> {
      int sum = 0;
      for (int i = 0; i < 1000; ++i) {
        auto work = [i] { return i; };
        sum += co_await threads.run(work);
      }
      co_return sum;
    };
    auto sums = co_await both(both(many(pool), many(pool)), both(many(pool), many(pool)));
    EXPECT_EQ(sums.first.first + sums.first.second + sums.second.first + sums.second.second, 4 * 499500);
  });
}

}  // namespace

}  // namespace dftp::net::test
