#include "fuse/unsynced.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

struct UnsyncedTest : testing::Test {
  Unsynced unsynced;
  Clock::time_point now = Clock::now();
};

TEST_F(UnsyncedTest, WhatWasNotSyncedBeforeARebootIsLostAndThatIsSaidOnce) {
  unsynced.changed(5, now);
  unsynced.changed(6, now);
  EXPECT_TRUE(unsynced.synced(6, unsynced.begin()));
  unsynced.rebooted(now + 10s);
  EXPECT_FALSE(unsynced.synced(5, unsynced.begin()));
  EXPECT_TRUE(unsynced.synced(5, unsynced.begin()));
  EXPECT_TRUE(unsynced.synced(6, unsynced.begin()));
  EXPECT_TRUE(unsynced.synced(7, unsynced.begin()));
}

TEST_F(UnsyncedTest, WhatTheSystemHasWrittenByItselfIsNotLost) {
  unsynced.changed(5, now - 10min);
  unsynced.changed(6, now - 10min);
  unsynced.changed(6, now);
  unsynced.rebooted(now);
  EXPECT_TRUE(unsynced.synced(5, unsynced.begin()));
  EXPECT_FALSE(unsynced.synced(6, unsynced.begin()));
}

TEST_F(UnsyncedTest, ChangesAfterTheRequestAreForTheNext) {
  unsynced.changed(5, now);
  const std::uint64_t begun = unsynced.begin();
  unsynced.changed(5, now);
  EXPECT_TRUE(unsynced.synced(5, begun));
  unsynced.rebooted(now);
  EXPECT_FALSE(unsynced.synced(5, unsynced.begin()));
}

TEST_F(UnsyncedTest, NewChangesDoNotHideWhatWasLost) {
  unsynced.changed(5, now);
  unsynced.rebooted(now);
  unsynced.changed(5, now);
  EXPECT_FALSE(unsynced.synced(5, unsynced.begin()));
  unsynced.changed(6, now);
  unsynced.rebooted(now);
  unsynced.made(6);
  EXPECT_TRUE(unsynced.synced(6, unsynced.begin()));
}

}  // namespace
}  // namespace dftp::mount
