#include "server/main/pulse.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace dftp::server {
namespace {

using Release = std::shared_future<void>;

net::Task<void> stand(Release release) {
  release.wait();
  co_return;
}

net::Task<void> stand_in(net::DiskPool& pool, Release release) {
  const auto work = [release] { return release.wait(), true; };
  co_await pool.run(work);
}

struct PulseTest : testing::Test {
  // Beats once, has something hang, and beats again. The second beat must not end before `released` is set.
  net::Task<void> beat_twice(std::function<void()> hang) {
    Pulse pulse(main.executor(), {one.executor(), two.executor()}, {&pool});
    co_await pulse.beat();
    hang();
    std::jthread releaser([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      EXPECT_FALSE(beaten) << "it says that it is well while something hangs";
      released.set_value();
    });
    co_await pulse.beat();
    beaten = true;
  }
  void run(std::function<void()> hang) {
    std::jthread first([this] { one.run(); }), second([this] { two.run(); });
    net::run_until_done(main, beat_twice(std::move(hang)));
    one.stop();
    two.stop();
    EXPECT_TRUE(beaten);
  }

  net::Loop main, one, two;
  std::promise<void> released;
  const Release release = released.get_future().share();
  std::atomic<bool> beaten = false;
  net::DiskPool pool{2, 2};
};

TEST_F(PulseTest, WaitsForALoopThatHangs) {
  run([this] { net::spawn(two.executor(), stand(release)); });
}

TEST_F(PulseTest, WaitsForAPoolThatHangs) {
  run([this] {
    net::spawn(main.executor(), stand_in(pool, release));
    net::spawn(main.executor(), stand_in(pool, release));
  });
}

}  // namespace
}  // namespace dftp::server
