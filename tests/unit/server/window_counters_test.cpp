#include "server/guard/window_counters.h"

#include <gtest/gtest.h>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

WindowCounters::Clock::time_point now;
WindowCounters::Clock::time_point clock_of_the_test() {
  return now;
}

TEST(WindowCounters, GiveSoManyInAStretchToEachName) {
  WindowCounters rates(2, 1s, 10, clock_of_the_test);
  EXPECT_TRUE(rates.take("a"));
  EXPECT_TRUE(rates.take("a"));
  EXPECT_FALSE(rates.take("a"));
  EXPECT_TRUE(rates.take("b"));
  now += 999ms;
  EXPECT_FALSE(rates.take("a"));
  now += 1ms;
  EXPECT_TRUE(rates.take("a"));
}

TEST(WindowCounters, GiveNothingToFurtherNamesUntilOneIsOver) {
  WindowCounters rates(5, 1s, 2, clock_of_the_test);
  EXPECT_TRUE(rates.take("a"));
  now += 500ms;
  EXPECT_TRUE(rates.take("b"));
  EXPECT_FALSE(rates.take("c"));
  EXPECT_TRUE(rates.take("a"));
  now += 500ms;
  EXPECT_TRUE(rates.take("c"));
}

}  // namespace
}  // namespace dftp::server
