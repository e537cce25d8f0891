#include "server/guard/penalties.h"

#include <gtest/gtest.h>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

const Penalties::Time start = Penalties::Time() + 1h;

TEST(Penalties, ThreeWrongPasswordsKeepASourceOutUntilTheyHaveRunOff) {
  Penalties penalties;
  penalties.add("a", Offence::failed_login, start);
  penalties.add("a", Offence::failed_login, start);
  EXPECT_EQ(penalties.refused_for("a", start), 0s);
  penalties.add("a", Offence::failed_login, start);
  EXPECT_EQ(penalties.refused_for("a", start), 15s);
  EXPECT_EQ(penalties.refused_for("a", start + 10s), 5s);
  EXPECT_EQ(penalties.refused_for("a", start + 15s), 0s);
  EXPECT_EQ(penalties.refused_for("b", start), 0s);
}

TEST(Penalties, OnesThatComeSlowlyKeepNobodyOut) {
  Penalties penalties;
  for (int i = 0; i < 100; ++i) {
    penalties.add("a", Offence::failed_login, start + i * 5s);
    EXPECT_EQ(penalties.refused_for("a", start + i * 5s), 0s);
  }
}

TEST(Penalties, BrokenFramesAndSilenceCostMore) {
  for (const Offence offence : {Offence::broken, Offence::late_login}) {
    Penalties penalties;
    penalties.add("a", offence, start);
    EXPECT_EQ(penalties.refused_for("a", start), 0s);
    penalties.add("a", offence, start);
    EXPECT_EQ(penalties.refused_for("a", start), 20s);
  }
}

TEST(Penalties, NobodyIsKeptOutForMoreThanTenMinutes) {
  Penalties penalties;
  for (int i = 0; i < 1000; ++i) penalties.add("a", Offence::broken, start);
  EXPECT_EQ(penalties.refused_for("a", start), 600s);
}

TEST(Penalties, AreListedAndLifted) {
  Penalties penalties;
  penalties.add("b", Offence::no_login, start);
  for (int i = 0; i < 3; ++i) penalties.add("a", Offence::failed_login, start);
  const auto list = penalties.list(start + 500ms);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].source, "a");
  EXPECT_EQ(list[0].left, 15s);
  EXPECT_TRUE(list[0].refused);
  EXPECT_FALSE(list[1].refused);
  EXPECT_TRUE(penalties.lift("a"));
  EXPECT_FALSE(penalties.lift("a"));
  EXPECT_EQ(penalties.refused_for("a", start), 0s);
  EXPECT_EQ(penalties.lift_all(), 1u);
  EXPECT_TRUE(penalties.list(start).empty());
}

TEST(Penalties, TheOneThatRunsOffFirstMakesRoom) {
  Penalties penalties(3);
  penalties.add("short", Offence::no_login, start);
  for (const char* source : {"one", "two", "three"}) penalties.add(source, Offence::broken, start);
  EXPECT_EQ(penalties.list(start).size(), 3u);
  for (const auto& left : penalties.list(start)) EXPECT_NE(left.source, "short");
  penalties.add("late", Offence::no_login, start + 20s);
  EXPECT_EQ(penalties.list(start + 20s).size(), 1u) << "those that have run off are forgotten";
}

}  // namespace
}  // namespace dftp::server
