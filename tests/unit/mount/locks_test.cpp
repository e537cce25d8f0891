#include "server/mount/locks.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "proto/wire/limits.h"
#include "tests/support/temporary_directory.h"

namespace dftp {
namespace {

using enum fs::LockType;

class LocksTest : public testing::Test {
 protected:
  Handle handle(fs::Access access = fs::Access::both) {
    const int flags = access == fs::Access::read ? O_RDONLY : access == fs::Access::write ? O_WRONLY : O_RDWR;
    const auto path = directory_ / "file";
    return {std::make_shared<const Descriptor>(::open(path.c_str(), flags | O_CREAT, 0600)), 7, {}, access, {}, false};
  }
  // "" or the name of the errno.
  static std::string set(Locks& locks, const Handle& handle, std::uint64_t owner, fs::LockType type,
                         std::uint64_t start = 0, std::uint64_t length = 0, std::uint64_t handle_id = 1) {
    const auto done =
        locks.set(handle_id, handle, {.owner = owner, .type = type, .start = start, .length = length, .pid = 10});
    return done ? "" : done.error().errno_name;
  }

  TemporaryDirectory directory_;
  Locks locks_, other_mount_;
};

TEST_F(LocksTest, ExcludeOtherOwnersAndOtherMountsButNotTheirOwn) {
  const Handle one = handle(), two = handle();
  EXPECT_EQ(set(locks_, one, 1, write, 0, 10), "");
  EXPECT_EQ(set(locks_, one, 2, read, 9, 1), "EAGAIN");
  EXPECT_EQ(set(other_mount_, two, 1, read, 9, 1), "EAGAIN");
  EXPECT_EQ(set(locks_, one, 1, read, 0, 10), "");
  EXPECT_EQ(set(locks_, one, 2, read, 9, 1), "");
  EXPECT_EQ(set(locks_, one, 1, write, 0, 10), "EAGAIN");
}

TEST_F(LocksTest, OfOneOwnerAreTheSameThroughEveryHandle) {
  const Handle reading = handle(fs::Access::read), writing = handle(fs::Access::write);
  EXPECT_EQ(set(locks_, reading, 1, read), "");
  EXPECT_EQ(set(locks_, writing, 1, write), "");
  EXPECT_EQ(set(locks_, reading, 1, unlock), "");
  EXPECT_EQ(locks_.size(), 0u);
}

TEST_F(LocksTest, NeedAHandleThatIsOpenForIt) {
  const Handle reading = handle(fs::Access::read), writing = handle(fs::Access::write);
  EXPECT_EQ(set(locks_, reading, 1, write), "EBADF");
  EXPECT_EQ(set(locks_, writing, 1, read), "EBADF");
}

TEST_F(LocksTest, GoWithTheHandleTheyWereTakenThrough) {
  const Handle one = handle();
  EXPECT_EQ(set(locks_, one, 1, write, 0, 1, 5), "");
  EXPECT_EQ(set(locks_, one, 2, write, 1, 1, 6), "");
  locks_.release(5);
  EXPECT_EQ(locks_.size(), 1u);
  EXPECT_EQ(set(locks_, one, 3, write, 0, 1), "");
  EXPECT_EQ(set(locks_, one, 3, write, 1, 1), "EAGAIN");
}

TEST_F(LocksTest, HoldADescriptorOnlyWhileSomethingIsLocked) {
  const Handle one = handle();
  for (std::uint64_t owner = 0; owner < 10; ++owner) EXPECT_EQ(set(locks_, one, owner, read, 0, 10), "");
  EXPECT_EQ(locks_.size(), 10u);
  for (std::uint64_t owner = 0; owner < 10; ++owner) EXPECT_EQ(set(locks_, one, owner, unlock, 0, 5), "");
  EXPECT_EQ(locks_.size(), 10u);
  for (std::uint64_t owner = 0; owner < 10; ++owner) EXPECT_EQ(set(locks_, one, owner, unlock, 5, 5), "");
  EXPECT_EQ(locks_.size(), 0u);
  EXPECT_EQ(set(locks_, one, 1, unlock), "");
  EXPECT_EQ(locks_.size(), 0u);
}

TEST_F(LocksTest, SayWhoIsInTheWay) {
  const Handle one = handle();
  EXPECT_EQ(set(locks_, one, 1, write, 10, 5), "");
  const auto held = locks_.test(one, {.owner = 2, .type = read, .start = 12, .length = 1});
  EXPECT_EQ(held->type, write);
  EXPECT_EQ(held->start, 10u);
  EXPECT_EQ(held->length, 5u);
  EXPECT_EQ(held->pid, 10u);
  EXPECT_EQ(locks_.test(one, {.owner = 1, .type = write, .start = 12, .length = 1})->type, unlock);
  EXPECT_EQ(locks_.test(one, {.owner = 2, .type = write, .start = 0, .length = 10})->type, unlock);
}

TEST_F(LocksTest, OfTheTwoKindsDoNotKnowEachOther) {
  const Handle one = handle();
  EXPECT_EQ(set(locks_, one, 1, write), "");
  EXPECT_TRUE(locks_.set(1, one, {.owner = 2, .kind = fs::LockKind::flock, .type = write}));
  EXPECT_FALSE(locks_.set(1, one, {.owner = 3, .kind = fs::LockKind::flock, .type = read}));
}

TEST_F(LocksTest, WaitUnderANumberOfTheirOwn) {
  EXPECT_TRUE(locks_.begin_wait(1));
  EXPECT_FALSE(locks_.begin_wait(1));
  EXPECT_TRUE(locks_.waits(1));
  locks_.end_wait(1);
  EXPECT_FALSE(locks_.waits(1));
  for (std::uint64_t i = 0; i < limits::mount_lock_waits; ++i) EXPECT_TRUE(locks_.begin_wait(i));
  EXPECT_FALSE(locks_.begin_wait(limits::mount_lock_waits));
}

}  // namespace
}  // namespace dftp
