#include "proto/wire/time_ns.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

using Limits = std::numeric_limits<std::int64_t>;

TEST(TimeNs, ReachesFromEndToEnd) {
  EXPECT_EQ(nanoseconds_of(1, 5), 1'000'000'005);
  EXPECT_EQ(nanoseconds_of(-1, 999'999'999), -1);
  EXPECT_EQ(nanoseconds_of(9'223'372'036, 854'775'807), Limits::max());
  EXPECT_EQ(nanoseconds_of(-9'223'372'037, 145'224'192), Limits::min());
}

TEST(TimeNs, ATimeBeyondIsTheNearest) {
  EXPECT_EQ(nanoseconds_of(9'223'372'036, 854'775'808), Limits::max());
  EXPECT_EQ(nanoseconds_of(10'413'792'000, 0), Limits::max());
  EXPECT_EQ(nanoseconds_of(Limits::max(), 999'999'999), Limits::max());
  EXPECT_EQ(nanoseconds_of(-9'223'372'037, 145'224'191), Limits::min());
  EXPECT_EQ(nanoseconds_of(Limits::min(), 0), Limits::min());
  EXPECT_TRUE(is_beyond(Limits::max()) && is_beyond(Limits::min()));
  EXPECT_FALSE(is_beyond(0));
}

TEST(TimeNs, ComesBackAsItWas) {
  for (const std::int64_t ns :
       {Limits::min(), Limits::min() + 1, std::int64_t{-1'000'000'001}, std::int64_t{-1'000'000'000}, std::int64_t{-1},
        std::int64_t{0}, std::int64_t{1}, std::int64_t{999'999'999}, std::int64_t{1'000'000'000}, Limits::max() - 1,
        Limits::max()}) {
    const auto time = seconds_and_nanoseconds(ns);
    EXPECT_TRUE(time.nanoseconds >= 0 && time.nanoseconds < nanoseconds_a_second) << ns;
    EXPECT_EQ(nanoseconds_of(time.seconds, time.nanoseconds), ns);
  }
}

TEST(KeptTimes, TakesTheNearestWithinAndOfEachStepTheBeginning) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min(), max = std::numeric_limits<std::int64_t>::max();
  constexpr KeptTimes all, coarse{-10, 1000, 100}, seconds{.step = nanoseconds_a_second};
  for (const std::int64_t time : {least, std::int64_t{-1}, std::int64_t{0}, max}) EXPECT_EQ(all.kept(time), time);
  EXPECT_EQ(coarse.kept(199), 100);
  EXPECT_EQ(coarse.kept(100), 100);
  EXPECT_EQ(coarse.kept(5000), 1000);
  EXPECT_EQ(coarse.kept(-5000), coarse.kept(-10));
  EXPECT_EQ(KeptTimes{.step = 100}.kept(-1), -100);
  EXPECT_EQ(seconds.kept(least), least);
  EXPECT_EQ(seconds.kept(seconds.kept(max)), seconds.kept(max));
}

}  // namespace
}  // namespace dftp
