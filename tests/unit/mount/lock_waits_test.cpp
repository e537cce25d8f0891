// Locks that are waited for: by other owners, by programs of this machine, in a circle.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>

#include "proto/wire/limits.h"
#include "server/mount/locks.h"
#include "tests/support/temporary_directory.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;
using enum fs::LockType;

// What a request that waits has come to.
struct Outcome {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<int> error;

  LockTable::Ended taker() {
    return [this](int what) {
      const std::lock_guard lock(mutex);
      EXPECT_FALSE(error);
      error = what;
      changed.notify_all();
    };
  }
  // -1: it does not come.
  int get(std::chrono::seconds patience = 20s) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, patience, [&] { return error.has_value(); }) ? *error : -1;
  }
  bool is_waiting() {
    const std::lock_guard lock(mutex);
    return !error;
  }
};

class LockWaitsTest : public testing::Test {
 protected:
  std::shared_ptr<Handle> open(std::string_view name, fs::Access access = fs::Access::both) {
    const auto path = directory_ / name;
    const int flags = access == fs::Access::read ? O_RDONLY : O_RDWR;
    auto file = std::make_shared<const Descriptor>(::open(path.c_str(), flags | O_CREAT | O_CLOEXEC, 0600));
    const FileKey key = stat_at(file->number())->key;
    return std::shared_ptr<Handle>(new Handle{std::move(file), 7, key, access, {}, false});
  }
  // A request, and the number that it waits by; 0: it does not wait.
  struct Asked {
    fs::Lock lock;
    std::uint64_t number;
  };
  static Asked ask(std::uint64_t owner, fs::LockType type, std::uint64_t start, std::uint64_t length,
                   std::uint64_t number = 0) {
    return {{1, owner, fs::LockKind::posix, type, start, length, 10, number != 0}, number};
  }
  static bool set(Locks& locks, const Handle& handle, const Asked& asked) {
    return locks.set(handle, asked.lock).has_value();
  }
  static Result<void> enrol(Locks& locks, const void* session, const std::shared_ptr<Handle>& handle,
                            const Asked& asked, LockTable::Ended ended) {
    return locks.enrol(session, asked.number, handle, asked.lock, std::move(ended));
  }
  void wait(Locks& locks, const std::shared_ptr<Handle>& handle, const Asked& asked, Outcome& outcome) {
    ASSERT_TRUE(enrol(locks, this, handle, asked, outcome.taker()));
    locks.begin(this, asked.number);
  }
  // As a program of this machine does, whose locks the table does not know.
  static bool local(const Handle& handle, short type, off_t start, off_t length) {
    struct ::flock lock{.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length, .l_pid = 0};
    return ::fcntl(handle.file->number(), F_OFD_SETLK, &lock) == 0;
  }

  TemporaryDirectory directory_;
  LockTable table_;
  Locks one_{table_}, other_{table_};
};

TEST_F(LockWaitsTest, AreCancelledAlone) {
  const auto file = open("file");
  ASSERT_TRUE(set(one_, *file, ask(1, write, 0, 10)));
  Outcome one, later, others;
  one_.cancel(this, 5);  // nothing waits yet
  wait(one_, file, ask(2, write, 0, 1, 5), one);
  EXPECT_TRUE(one.is_waiting());
  one_.cancel(this, 5);
  EXPECT_EQ(one.get(), EINTR);
  wait(one_, file, ask(2, write, 0, 1, 6), later);
  one_.cancel(this, 7);
  wait(other_, file, ask(2, write, 0, 1, 7), others);
  EXPECT_TRUE(later.is_waiting());
  EXPECT_TRUE(others.is_waiting());
  one_.cancel(this);
  EXPECT_EQ(later.get(), EINTR);
  other_.cancel(this);
  EXPECT_EQ(others.get(), EINTR);
}

TEST_F(LockWaitsTest, WorkIsDoneUnlessItsMountHasALock) {
  const auto file = open("file");
  int done = 0;
  const auto work = [&] { ++done; };
  ASSERT_TRUE(set(one_, *file, ask(1, read, 0, 10)));
  EXPECT_FALSE(one_.unless_locked(file->key, work));
  EXPECT_TRUE(other_.unless_locked(file->key, work));
  ASSERT_TRUE(set(one_, *file, ask(1, unlock, 0, 10)));
  EXPECT_TRUE(one_.unless_locked(file->key, work));
  EXPECT_EQ(done, 2);
}

TEST_F(LockWaitsTest, AreGrantedWhenTheHolderUnlocksLowersOrCloses) {
  const auto file = open("file"), same = open("file");
  ASSERT_TRUE(set(one_, *file, ask(1, write, 0, 10)));
  Outcome reader, writer, closer;
  wait(one_, file, ask(2, read, 0, 1, 1), reader);
  wait(other_, same, ask(1, write, 5, 1, 1), writer);
  wait(other_, same, ask(2, write, 9, 1, 2), closer);
  EXPECT_TRUE(reader.is_waiting() && writer.is_waiting());
  ASSERT_TRUE(set(one_, *file, ask(1, read, 0, 5)));
  EXPECT_EQ(reader.get(), 0);
  EXPECT_TRUE(writer.is_waiting());
  ASSERT_TRUE(set(one_, *file, ask(1, unlock, 5, 1)));
  EXPECT_EQ(writer.get(), 0);
  EXPECT_TRUE(closer.is_waiting());
  file->released = true;
  one_.release(1, *file);
  EXPECT_EQ(closer.get(), 0);
  EXPECT_EQ(one_.size(), 0u);
}

TEST_F(LockWaitsTest, AreGrantedWhenTheMountOfTheHolderEnds) {
  const auto file = open("file"), same = open("file");
  auto ending = std::make_unique<Locks>(table_);
  ASSERT_TRUE(set(*ending, *file, ask(1, write, 0, 0)));
  Outcome outcome;
  wait(one_, same, ask(1, write, 0, 0, 1), outcome);
  ending.reset();
  EXPECT_EQ(outcome.get(), 0);
}

TEST_F(LockWaitsTest, AreGrantedWhenALocalProgramUnlocks) {
  const auto file = open("file"), program = open("file");
  ASSERT_TRUE(local(*program, F_WRLCK, 0, 0));
  std::array<Outcome, 80> outcomes;  // more than there are threads
  for (std::uint64_t i = 0; i < outcomes.size(); ++i) wait(one_, file, ask(i, write, i, 1, i + 1), outcomes[i]);
  EXPECT_TRUE(outcomes.front().is_waiting() && outcomes.back().is_waiting());
  ASSERT_TRUE(local(*program, F_UNLCK, 0, 0));
  for (Outcome& outcome : outcomes) EXPECT_EQ(outcome.get(), 0);
  EXPECT_FALSE(local(*program, F_WRLCK, 79, 1));
}

TEST_F(LockWaitsTest, CanBeCancelledWhoeverHoldsTheLock) {
  const auto file = open("file"), program = open("file");
  ASSERT_TRUE(set(one_, *file, ask(1, write, 0, 1)) && local(*program, F_WRLCK, 1, 1));
  Outcome owner, outsider, early;
  wait(one_, file, ask(2, write, 0, 1, 1), owner);
  wait(one_, file, ask(2, write, 1, 1, 2), outsider);
  ASSERT_TRUE(enrol(one_, this, file, ask(2, write, 5, 1, 3), early.taker()));
  one_.cancel(this, 3);
  one_.begin(this, 3);
  EXPECT_EQ(early.get(), EINTR);
  one_.cancel(this, 1);
  EXPECT_EQ(owner.get(), EINTR);
  one_.cancel(this, 2);
  EXPECT_EQ(outsider.get(), EINTR);
  EXPECT_EQ(one_.size(), 1u);
  ASSERT_TRUE(local(*program, F_UNLCK, 1, 1));
  EXPECT_TRUE(set(other_, *program, ask(1, write, 1, 1)));
}

TEST_F(LockWaitsTest, EndWithTheirSessionAndWithTheirHandle) {
  const auto file = open("file"), same = open("file"), program = open("file");
  ASSERT_TRUE(set(one_, *file, ask(1, write, 0, 1)) && local(*program, F_WRLCK, 1, 1));
  std::array<Outcome, 4> outcomes;
  wait(one_, same, ask(2, write, 0, 1, 1), outcomes[0]);
  wait(one_, same, ask(3, write, 1, 1, 2), outcomes[1]);
  one_.cancel(this);
  EXPECT_EQ(outcomes[0].get(), EINTR);
  EXPECT_EQ(outcomes[1].get(), EINTR);
  wait(other_, same, ask(2, write, 0, 1, 1), outcomes[2]);
  wait(other_, same, ask(3, write, 1, 1, 2), outcomes[3]);
  same->released = true;
  other_.release(1, *same);
  EXPECT_EQ(outcomes[2].get(), EINTR);
  EXPECT_EQ(outcomes[3].get(), EINTR);
  EXPECT_EQ(other_.size(), 0u);
}

TEST_F(LockWaitsTest, AreLimitedForEachSessionAndHaveANumberOfTheirOwn) {
  const auto file = open("file");
  ASSERT_TRUE(set(one_, *file, ask(1, write, 0, 1)));
  std::vector<Outcome> outcomes(limits::waiting_requests + 2);
  for (std::uint64_t i = 0; i < limits::waiting_requests; ++i)
    wait(one_, file, ask(100 + i, write, 0, 1, i + 1), outcomes[i]);
  const auto again = enrol(one_, this, file, ask(2, write, 0, 1, 1), {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::invalid_request);
  const auto more = enrol(one_, this, file, ask(2, write, 0, 1, 1000), {});
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::too_many);
  // Of a session that has taken the mount over.
  const int session = 0;
  ASSERT_TRUE(enrol(one_, &session, file, ask(100, write, 0, 1, 1), outcomes.back().taker()));
  one_.begin(&session, 1);
  one_.cancel(&session);
  EXPECT_EQ(outcomes.back().get(), EINTR);
  one_.cancel(this);
  for (std::uint64_t i = 0; i < limits::waiting_requests; ++i) EXPECT_EQ(outcomes[i].get(), EINTR);
}

TEST_F(LockWaitsTest, InACircleEndWithEdeadlkForTheLastToCome) {
  const auto a = open("a"), b = open("b"), c = open("c"), b2 = open("b");
  ASSERT_TRUE(set(one_, *a, ask(1, write, 0, 0)) && set(other_, *b, ask(2, write, 0, 0)) &&
              set(one_, *c, ask(3, read, 0, 0)));
  Outcome first, second, third;
  wait(one_, b2, ask(1, read, 0, 1, 1), first);             // 1 waits for 2
  wait(other_, open("c"), ask(2, write, 0, 1, 1), second);  // for 3
  EXPECT_TRUE(first.is_waiting() && second.is_waiting());
  wait(one_, a, ask(3, read, 7, 1, 2), third);  // for 1
  EXPECT_EQ(third.get(), EDEADLK);
  EXPECT_TRUE(first.is_waiting() && second.is_waiting());
  ASSERT_TRUE(set(one_, *c, ask(3, unlock, 0, 0)));
  EXPECT_EQ(second.get(), 0);
  ASSERT_TRUE(set(other_, *b, ask(2, unlock, 0, 0)));
  EXPECT_EQ(first.get(), 0);
}

TEST_F(LockWaitsTest, OfOneOwnerForItsOwnLocksAreNoCircle) {
  const auto file = open("file");
  ASSERT_TRUE(set(one_, *file, ask(1, read, 0, 0)) && set(one_, *file, ask(2, read, 0, 0)));
  Outcome raised, other;
  wait(one_, file, ask(1, write, 0, 0, 1), raised);
  EXPECT_TRUE(raised.is_waiting());
  wait(one_, file, ask(2, write, 0, 0, 2), other);
  EXPECT_EQ(other.get(), EDEADLK);
  ASSERT_TRUE(set(one_, *file, ask(2, unlock, 0, 0)));
  EXPECT_EQ(raised.get(), 0);
}

TEST_F(LockWaitsTest, LoseNoLockWhenManyContend) {
  constexpr int owners = 8, rounds = 200;
  int counter = 0;
  std::vector<std::thread> threads;
  for (int owner = 0; owner < owners; ++owner) {
    threads.emplace_back([&, owner] {
      Locks& locks = owner % 2 ? one_ : other_;
      const auto file = open("file");
      for (int round = 0; round < rounds; ++round) {
        Outcome outcome;
        const auto number = static_cast<std::uint64_t>(owner * rounds + round + 1);
        ASSERT_TRUE(enrol(locks, this, file, ask(owner, write, 0, 0, number), outcome.taker()));
        locks.begin(this, number);
        ASSERT_EQ(outcome.get(60s), 0);
        ++counter;
        ASSERT_TRUE(set(locks, *file, ask(owner, unlock, 0, 0)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, owners * rounds);
}

}  // namespace
}  // namespace dftp::server
