#include "server/mount/local_name_changes.h"

#include <gtest/gtest.h>

namespace dftp::server {
namespace {

using State = LocalNameChanges::State;

class OwnNamesTest : public testing::Test {
 protected:
  LocalNameChanges names_{3};
};

TEST_F(OwnNamesTest, JudgesByWhatTheNameWasLeftAs) {
  EXPECT_EQ(names_.judge(1, "a", 5), State::foreign);
  names_.begin(1, "a");
  EXPECT_EQ(names_.judge(1, "a", 5), State::changing);
  names_.end(1, "a", 5);
  EXPECT_EQ(names_.judge(1, "a", 5), State::own);
  EXPECT_EQ(names_.judge(1, "a", 6), State::foreign);
  EXPECT_EQ(names_.judge(1, "a", 0), State::foreign);
  EXPECT_EQ(names_.judge(2, "a", 5), State::foreign);
}

TEST_F(OwnNamesTest, WaitsForAllThatAreAtTheSameName) {
  names_.begin(1, "a");
  names_.begin(1, "a");
  names_.end(1, "a", 5);
  EXPECT_EQ(names_.judge(1, "a", 5), State::changing);
  names_.fail(1, "a");
  EXPECT_EQ(names_.judge(1, "a", 5), State::own);
}

TEST_F(OwnNamesTest, ForgetsWhatFailedAndTheOldest) {
  names_.begin(1, "failed");
  names_.fail(1, "failed");
  EXPECT_EQ(names_.judge(1, "failed", 0), State::foreign);
  for (const char* name : {"a", "b", "c", "d"}) {
    names_.begin(1, name);
    names_.end(1, name, 5);
  }
  EXPECT_EQ(names_.judge(1, "a", 5), State::foreign);
  EXPECT_EQ(names_.judge(1, "b", 5), State::own);
}

TEST_F(OwnNamesTest, LearnsFromOthersWithoutABeginning) {
  names_.end(1, "a", 7);
  EXPECT_EQ(names_.judge(1, "a", 7), State::own);
}

}  // namespace
}  // namespace dftp::server
