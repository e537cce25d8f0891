#include "fuse/held_locks.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

using enum fs::LockType;
using Pieces = std::vector<dftp::LockRange>;

constexpr std::uint64_t to_the_end = UINT64_MAX;
const HeldLocks::Owner one{fs::LockKind::posix, 1}, other{fs::LockKind::posix, 2}, flocked{fs::LockKind::flock, 1};

TEST(HeldLocks, OfWhoHasNoneIsAllToBeUnlocked) {
  HeldLocks locks;
  EXPECT_EQ(locks.all_of(one), (Pieces{{0, to_the_end, unlock}}));
  locks.set(other, {0, to_the_end, write});
  locks.set(flocked, {0, to_the_end, read});
  EXPECT_EQ(locks.all_of(one), (Pieces{{0, to_the_end, unlock}}));
}

TEST(HeldLocks, TheWholeFileIsWhatAnOwnerHasAndWhatItHasNot) {
  HeldLocks locks;
  locks.set(one, {10, 20, read});
  locks.set(one, {30, 40, write});
  EXPECT_EQ(locks.all_of(one),
            (Pieces{{0, 10, unlock}, {20, 30, unlock}, {40, to_the_end, unlock}, {10, 20, read}, {30, 40, write}}));
  locks.set(one, {0, 15, write});
  locks.set(one, {35, to_the_end, write});
  EXPECT_EQ(locks.all_of(one), (Pieces{{20, 30, unlock}, {0, 15, write}, {15, 20, read}, {30, to_the_end, write}}));
  locks.set(one, {0, to_the_end, read});
  EXPECT_EQ(locks.all_of(one), (Pieces{{0, to_the_end, read}}));
}

TEST(HeldLocks, NothingIsKeptOfWhoHasGivenAllBack) {
  HeldLocks locks;
  for (std::uint64_t owner = 0; owner < 100; ++owner) {
    locks.set({fs::LockKind::posix, owner}, {5, 10, read});
    locks.set({fs::LockKind::posix, owner}, {0, 7, unlock});
    locks.set({fs::LockKind::posix, owner}, {7, to_the_end, unlock});
  }
  EXPECT_EQ(locks.size(), 0u);
}

}  // namespace
}  // namespace dftp::mount
