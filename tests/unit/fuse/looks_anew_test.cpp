#include "fuse/looks_anew.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

struct LooksAnewTest : testing::Test {
  static constexpr int thread = 7, other = 8;
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
  EXPECT_FALSE(anew.comes_back(other, {.operation = "open", .node = 6}, now));
  EXPECT_FALSE(anew.comes_back(thread, {.operation = "setattr", .node = 6}, now));
  EXPECT_TRUE(anew.comes_back(thread, {.operation = "open", .node = 6}, now));
  EXPECT_FALSE(anew.comes_back(thread, {.operation = "open", .node = 6}, now));
  EXPECT_FALSE(anew.looks(thread, now));
}

TEST_F(LooksAnewTest, WhatHasNoNameIsComeBackWithItself) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  EXPECT_TRUE(anew.comes_back(thread, {.operation = "open", .node = 5}, now));
}

TEST_F(LooksAnewTest, AnotherFileIsAnotherMatter) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  EXPECT_FALSE(anew.comes_back(thread, {.operation = "open", .node = 9}, now));
}

TEST_F(LooksAnewTest, NameThatIsGoneEndsTheWalk) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  anew.looked(thread, 1, "file", missing, now);
  EXPECT_FALSE(anew.looks(thread, now));
}

TEST_F(LooksAnewTest, NamesAreComeBackWithAsTheyWereLookedUp) {
  anew.told(thread, {.operation = "mkdir", .parent = 1, .name = "a"}, now);
  EXPECT_FALSE(anew.comes_back(thread, {.operation = "mkdir", .parent = 1, .name = "a"}, now));
  anew.looked(thread, 1, "a", missing, now);
  EXPECT_FALSE(anew.comes_back(thread, {.operation = "mkdir", .parent = 1, .name = "b"}, now));
  EXPECT_TRUE(anew.comes_back(thread, {.operation = "mkdir", .parent = 1, .name = "a"}, now));
}

TEST_F(LooksAnewTest, WalkThatDoesNotGoOnIsOver) {
  anew.told(thread, {.operation = "open", .node = 5}, now);
  anew.looked(thread, 1, "file", 6, now + 1s);
  EXPECT_TRUE(anew.looks(thread, now + 2s));
  EXPECT_FALSE(anew.looks(thread, now + 4s));
  EXPECT_FALSE(anew.comes_back(thread, {.operation = "open", .node = 6}, now + 4s));
}

}  // namespace
}  // namespace dftp::mount
