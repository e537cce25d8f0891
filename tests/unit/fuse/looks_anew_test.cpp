#include "fuse/looks_anew.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

struct LooksAnewTest : testing::Test {
  static constexpr int thread = 7, other = 8;
  using Back = LooksAnew::Back;
  LooksAnew anew;
  Clock::time_point now = Clock::now();
};

TEST_F(LooksAnewTest, WhoWasToldLooksAndComesBackOnceWithWhatItFound) {
  EXPECT_FALSE(anew.looks(thread, now));
  anew.told(thread, {.operation = "open", .node = 5}, now);
  EXPECT_TRUE(anew.looks(thread, now));
  EXPECT_FALSE(anew.looks(other, now));
  anew.looked(thread, 1, "directory", 2, now);
  anew.looked(thread, 2, "file", 6, now);
  EXPECT_EQ(anew.comes_back(other, {.operation = "open", .node = 6}, now), Back::no);
  EXPECT_EQ(anew.comes_back(thread, {.operation = "open", .node = 6}, now), Back::found);
  EXPECT_EQ(anew.comes_back(thread, {.operation = "open", .node = 6}, now), Back::no);
  EXPECT_FALSE(anew.looks(thread, now));
}

// The kernel asks for attributes to find out whether the caller may open it: that may be what was told first.
TEST_F(LooksAnewTest, WhatTheKernelAsksOnTheWayIsNotTheEndOfIt) {
  for (const char* first : {"getattr", "access", "open"}) {
    anew.told(thread, {.operation = first, .node = 5}, now);
    anew.looked(thread, 1, "file", 6, now);
    EXPECT_EQ(anew.comes_back(thread, {.operation = "getattr", .node = 6}, now), Back::found);
    EXPECT_EQ(anew.comes_back(thread, {.operation = "access", .node = 6}, now), Back::found);
    EXPECT_EQ(anew.comes_back(thread, {.operation = "open", .node = 6}, now), Back::found);
    EXPECT_EQ(anew.comes_back(thread, {.operation = "open", .node = 6}, now), Back::no);
  }
}

TEST_F(LooksAnewTest, ThreadThatOnlyLooksOnIsAtSomethingElseInTheEnd) {
  anew.told(thread, {.operation = "getattr", .node = 5}, now);
  for (int i = 0; i < 100; ++i) anew.looked(thread, 1, "file", 6, now + i * 1s);
  EXPECT_FALSE(anew.looks(thread, now + 30s));
}

TEST_F(LooksAnewTest, WhatHasNoNameIsComeBackWithItself) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  EXPECT_EQ(anew.comes_back(thread, {.operation = "open", .node = 5}, now), Back::as_it_was);
}

TEST_F(LooksAnewTest, AnotherFileIsAnotherMatter) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  EXPECT_EQ(anew.comes_back(thread, {.operation = "open", .node = 9}, now), Back::no);
}

TEST_F(LooksAnewTest, NameThatIsGoneEndsTheWalk) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  anew.looked(thread, 1, "file", missing, now);
  EXPECT_FALSE(anew.looks(thread, now));
}

TEST_F(LooksAnewTest, NamesAreComeBackWithAsTheyWereLookedUp) {
  anew.told(thread, {.operation = "mkdir", .parent = 1, .name = "a"}, now);
  EXPECT_EQ(anew.comes_back(thread, {.operation = "mkdir", .parent = 1, .name = "a"}, now), Back::no);
  anew.looked(thread, 1, "a", missing, now);
  EXPECT_EQ(anew.comes_back(thread, {.operation = "mkdir", .parent = 1, .name = "b"}, now), Back::no);
  EXPECT_EQ(anew.comes_back(thread, {.operation = "mkdir", .parent = 1, .name = "a"}, now), Back::found);
}

TEST_F(LooksAnewTest, WalkThatDoesNotGoOnIsOver) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  anew.looked(thread, 1, "file", 6, now + 1s);
  EXPECT_TRUE(anew.looks(thread, now + 2s));
  EXPECT_FALSE(anew.looks(thread, now + 4s));
  EXPECT_EQ(anew.comes_back(thread, {.operation = "open", .node = 6}, now + 4s), Back::no);
}

}  // namespace
}  // namespace dftp::mount
