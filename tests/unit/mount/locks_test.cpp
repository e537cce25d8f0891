#include "server/mount/locks.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "proto/wire/limits.h"
#include "tests/support/temporary_directory.h"

namespace dftp::server {
namespace {

using enum fs::LockType;

class LocksTest : public testing::Test {
 protected:
  Handle handle(fs::Access access = fs::Access::both) {
    const int flags = access == fs::Access::read ? O_RDONLY : access == fs::Access::write ? O_WRONLY : O_RDWR;
    const auto path = directory_ / "file";
    return {std::make_shared<const Descriptor>(::open(path.c_str(), flags | O_CREAT, 0600)), 7, {}, access, {}, false};
  }
  std::unique_ptr<Handle> handle_of(const std::string& name, FileKey key) {
    const auto path = directory_ / name;
    auto file = std::make_shared<const Descriptor>(::open(path.c_str(), O_RDWR | O_CREAT, 0600));
    return std::unique_ptr<Handle>(new Handle{std::move(file), 7, key, fs::Access::both, {}, false});
  }
  // "" or the name of the errno.
  static std::string set(Locks& locks, const Handle& handle, std::uint64_t owner, fs::LockType type,
                         std::uint64_t start = 0, std::uint64_t length = 0, std::uint64_t handle_id = 1) {
    const auto done =
        locks.set(handle, {handle_id, owner, fs::LockKind::posix, type, start, length, type == unlock ? 0u : 10u, 0});
    return done ? "" : done.error().errno_name;
  }

  TemporaryDirectory directory_;
  LockTable table_;
  Locks locks_{table_}, other_mount_{table_};
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

TEST_F(LocksTest, OfNewOwnersCountAsOpenFilesOfTheirUser) {
  Budgets budgets(budget_table({.sessions = 8, .descriptors = 64}));
  const auto account = budgets.account("ada", "a");
  const std::size_t max = budgets.budget(Counted::descriptors).user;
  const Handle one = handle();
  {
    Locks locks(table_);
    locks.charge(account);
    for (std::uint64_t owner = 1; owner <= max; ++owner) ASSERT_EQ(set(locks, one, owner, read), "") << owner;
    EXPECT_EQ(set(locks, one, max + 1, read), "ENOLCK");
    EXPECT_EQ(set(locks, one, 1, read, 5, 1), "");
    EXPECT_EQ(set(locks, one, 1, unlock), "");
    EXPECT_EQ(set(locks, one, max + 1, read), "");
  }
  EXPECT_TRUE(account->take(Counted::descriptors, max));
}

TEST_F(LocksTest, OfAMountHaveSoManyRangesAndNoMore) {
  constexpr std::uint64_t max = limits::mount_lock_ranges, files = 128;  // the kernel looks through those of a file
  std::vector<std::unique_ptr<Handle>> many;
  for (std::uint64_t i = 0; i < files; ++i) many.push_back(handle_of(std::to_string(i), {.inode = i}));
  const auto lock_all_but = [&](std::uint64_t count) {
    for (std::uint64_t i = count; i < max; ++i) ASSERT_EQ(set(locks_, *many[i % files], 1, read, 2 * i, 1), "") << i;
  };
  const Handle &one = *many[0], &two = *many[1];
  lock_all_but(1);
  EXPECT_EQ(set(locks_, one, 9, read, 3 * max, 1), "");
  EXPECT_EQ(set(locks_, one, 9, read, 4 * max, 1), "ENOLCK");
  EXPECT_EQ(set(locks_, one, 9, read, 3 * max + 1, 1), "") << "one range grows";
  EXPECT_EQ(set(locks_, one, 9, read, 3 * max, 100), "");
  EXPECT_EQ(set(locks_, one, 9, unlock, 3 * max + 50, 1), "ENOLCK") << "that would make two of one";
  EXPECT_EQ(set(other_mount_, two, 1, read, 5 * max, 1), "");
  EXPECT_EQ(set(locks_, two, 1, unlock), "");
  EXPECT_EQ(set(locks_, one, 9, unlock, 3 * max + 50, 1), "");
  EXPECT_EQ(set(locks_, one, 9, unlock), "");
  for (const auto& file : many) EXPECT_EQ(set(locks_, *file, 1, unlock), "");
  lock_all_but(0);
}

TEST_F(LocksTest, OfASessionThatTheMountDoesNotBelongToAreNotTaken) {
  const Handle one = handle(), two = handle();
  const fs::Lock request{.handle = 1, .owner = 1, .type = write};
  int session = 0, later = 0;
  locks_.belong_to(&session);
  EXPECT_TRUE(locks_.set(one, request, &session));
  locks_.belong_to(&later);
  EXPECT_EQ(locks_.set(one, {.handle = 1, .owner = 1, .type = unlock}, &session).error().errno_name, "ECANCELED");
  EXPECT_EQ(set(other_mount_, two, 1, write), "EAGAIN");
  EXPECT_TRUE(locks_.set(one, {.handle = 1, .owner = 1, .type = unlock}, &later));
  EXPECT_EQ(locks_.set(one, request, &session).error().errno_name, "ECANCELED");
  EXPECT_EQ(set(other_mount_, two, 1, write), "");
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
  locks_.release(5, one);
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
  EXPECT_TRUE(locks_.set(one, {.handle = 1, .owner = 2, .kind = fs::LockKind::flock, .type = write}));
  EXPECT_FALSE(locks_.set(one, {.handle = 1, .owner = 3, .kind = fs::LockKind::flock, .type = read}));
}

TEST_F(LocksTest, SayWhoIsInTheWayInWhateverPiecesAndOfWhateverMount) {
  const Handle one = handle(), two = handle();
  EXPECT_EQ(set(other_mount_, two, 1, write, 0, 20), "");
  EXPECT_EQ(set(other_mount_, two, 1, unlock, 10, 5), "");
  const auto first = locks_.test(one, {.owner = 1, .type = write, .start = 0, .length = 12});
  EXPECT_EQ(first->pid, 10u);
  EXPECT_EQ(first->length, 10u);
  const auto second = locks_.test(one, {.owner = 1, .type = read, .start = 12, .length = 100});
  EXPECT_EQ(second->pid, 10u);
  EXPECT_EQ(second->start, 15u);
  EXPECT_EQ(second->length, 5u);
}

TEST_F(LocksTest, OfAReaderOpenNothingForWriting) {
  const Handle reading = handle(fs::Access::read);
  EXPECT_TRUE(locks_.set(reading, {.handle = 1, .owner = 1, .kind = fs::LockKind::flock, .type = write}));
  EXPECT_EQ(set(locks_, reading, 1, read), "");
  // A read lease is refused while the file is open for writing.
  ASSERT_EQ(::fcntl(reading.file->number(), F_SETLEASE, F_RDLCK), 0);
  EXPECT_EQ(::fcntl(reading.file->number(), F_SETLEASE, F_UNLCK), 0);
}

TEST_F(LocksTest, FlockThatCannotBeRaisedIsLostAsTheKernelHasIt) {
  const Handle one = handle();
  const auto flock = [&](std::uint64_t owner, fs::LockType type) {
    return locks_.set(one, {.handle = 1, .owner = owner, .kind = fs::LockKind::flock, .type = type}).has_value();
  };
  EXPECT_TRUE(flock(1, read) && flock(2, read));
  EXPECT_FALSE(flock(1, write));
  EXPECT_TRUE(flock(2, write));
}

}  // namespace
}  // namespace dftp::server
