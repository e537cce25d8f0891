#include "proto/net/async.h"

#include <algorithm>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

#include "proto/net/busy_poll.h"
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

// What two loops say to each other, each answer awaited awake.
Task<void> talk(Executor other, int times) {
  for (int i = 0; i < times; ++i) {
    auto answer = [](int number) -> Task<int> {
      busy_poll_hint();
      co_return number;
    };
    busy_poll_hint();
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

// Awake each of the long waits would look for what comes some hundred times.
TEST(LoopTest, ItSleepsWhereLongWaitsFollowShortOnes) {
  Loop there;
  std::jthread thread([&] { there.run(); });
  Loop here;
  run_until_done(here, talk(there.executor(), 100));
  std::uint64_t polls = 0;
  auto waits = [](Executor other, std::uint64_t* sum) -> Task<void> {
    for (int i = 0; i < 500; ++i) {
      auto brief = talk(other, 1);
      co_await std::move(brief);
      const std::uint64_t before = busy_polls();
      busy_poll_hint();
      co_await sleep_for(1ms);
      *sum += busy_polls() - before;
    }
  };
  run_until_done(here, waits(there.executor(), &polls));
  there.stop();
  EXPECT_LT(polls, 10'000u);
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
    auto wait = [](Signal& changed) -> Task<bool> { co_return co_await changed.wait_for(50ms); };
    bool slept = false;
    auto sleep = [](bool& flag) -> Task<bool> {
      co_await sleep_for(40ms);
      flag = true;
      co_return true;
    };
    auto [notified, ignored] = co_await both(wait(signal), sleep(slept));
    EXPECT_FALSE(notified);
    EXPECT_TRUE(slept);
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

// Who waited for a thread, in the order in which they were served.
struct Served {
  std::mutex mutex;
  std::vector<char> order;
};

// A thread is busy with it until the gate opens.
Task<void> hold(DiskPool& queue, std::shared_future<void> gate, std::latch& begun) {
  auto work = [&] {
    begun.count_down();
    gate.wait();
    return true;
  };
  co_await queue.run(work);
}

Task<void> ask(DiskPool& queue, Served& served, char name) {
  auto work = [&] {
    const std::lock_guard lock(served.mutex);
    served.order.push_back(name);
    return true;
  };
  co_await queue.run(work);
}

TEST(DiskPoolTest, QueuesAreServedInTurnHoweverMuchStandsInOne) {
  for (const std::size_t threads : {1u, 3u}) {
    Served served;
    std::promise<void> gate;
    const auto opened = gate.get_future().share();
    Loop loop;
    {
      std::latch begun(static_cast<std::ptrdiff_t>(threads));
      auto pool = std::make_unique<DiskPool>(threads);
      DiskPool a = pool->another_queue(), b = pool->another_queue();
      for (std::size_t i = 0; i < threads; ++i) spawn(loop.executor(), hold(*pool, opened, begun));
      for (int i = 0; i < 1000; ++i) spawn(loop.executor(), ask(a, served, 'a'));
      for (int i = 0; i < 2; ++i) spawn(loop.executor(), ask(b, served, 'b'));
      loop.context().poll();
      begun.wait();
      gate.set_value();
      pool.reset();  // when all is done
    }
    loop.context().poll();
    ASSERT_EQ(served.order.size(), 1002u);
    const auto last = std::ranges::find(served.order.rbegin(), served.order.rend(), 'b');
    EXPECT_LE(served.order.rend() - last, static_cast<std::ptrdiff_t>(4 + 2 * threads)) << threads << " threads";
  }
}

TEST(DiskPoolTest, WhatStandsInItsQueueIsDoneBeforeItGoes) {
  Served served;
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  Loop loop;
  {
    std::latch begun(1);
    DiskPool pool(1);
    spawn(loop.executor(), hold(pool, opened, begun));
    for (int i = 0; i < 1000; ++i) spawn(loop.executor(), ask(pool, served, 'a'));
    loop.context().poll();
    begun.wait();
    gate.set_value();
  }
  loop.context().poll();
  EXPECT_EQ(served.order.size(), 1000u);
}

TEST(DiskPoolTest, OneQueueLeavesAThreadToTheOthers) {
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  Served served;
  Loop loop;
  std::latch begun(2);
  {
    auto pool = std::make_unique<DiskPool>(3, 2);
    DiskPool a = pool->another_queue(), b = pool->another_queue();
    for (int i = 0; i < 10; ++i) spawn(loop.executor(), ask(a, served, 'a'));
    loop.context().poll();
    run_until_done(loop, ask(a, served, 'a'));
    for (int i = 0; i < 2; ++i) spawn(loop.executor(), hold(a, opened, begun));
    loop.context().restart();
    loop.context().poll();
    begun.wait();
    for (int i = 0; i < 10; ++i) spawn(loop.executor(), ask(a, served, 'a'));
    loop.context().poll();
    // This would wait for ever if all threads were a's.
    run_until_done(loop, ask(b, served, 'b'));
    EXPECT_EQ(served.order.size(), 12u);
    EXPECT_EQ(served.order.back(), 'b');
    gate.set_value();
    pool.reset();
  }
  loop.context().restart();
  loop.context().poll();
  EXPECT_EQ(served.order.size(), 22u);
}

}  // namespace

}  // namespace dftp::net::test
