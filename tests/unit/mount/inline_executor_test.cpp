#include "server/mount/inline_executor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <thread>

#include "tests/support/temporary_directory.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

InlineExecutor::Clock::time_point now_;

class AtOnceTest : public testing::Test {
 protected:
  void SetUp() override {
    now_ += 1h;
    if (!at_once_.may()) GTEST_SKIP() << "the temporary directory is on no disk of this machine";
  }
  std::thread::id thread_of_work(bool is_small = true) {
    const auto small = [is_small] { return is_small; };
    const auto work = [] { return std::this_thread::get_id(); };
    std::thread::id thread;
    const auto run = [](InlineExecutor& inline_executor, net::DiskPool& pool, auto small, auto work,
                        std::thread::id& thread) -> net::Task<void> {
      thread = co_await inline_executor.run(pool, small, work);
    };
    net::run_until_done(loop_, run(at_once_, pool_, small, work, thread));
    return thread;
  }

  TemporaryDirectory directory_;
  net::Loop loop_;  // outlives the pool, whose threads come back to it
  net::DiskPool pool_{1};
  const SharedDescriptor root_ =
      std::make_shared<const Descriptor>(::open(directory_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  MountPoints points_{root_};
  InlineExecutor at_once_{root_, points_, [] { return now_; }};
};

TEST_F(AtOnceTest, WhatIsQuickIsDoneHere) {
  EXPECT_EQ(thread_of_work(), std::this_thread::get_id());
  at_once_.record(100us, true);
  EXPECT_EQ(thread_of_work(), std::this_thread::get_id());
}

TEST_F(AtOnceTest, WhatIsNotSmallIsDoneElsewhere) {
  EXPECT_NE(thread_of_work(false), std::this_thread::get_id());
}

TEST_F(AtOnceTest, WhatHadToWaitIsDoneElsewhereForAHundredTimesAsLong) {
  at_once_.record(20ms, true);
  EXPECT_NE(thread_of_work(), std::this_thread::get_id());
  now_ += 1999ms;
  EXPECT_FALSE(at_once_.may());
  now_ += 1ms;
  EXPECT_EQ(thread_of_work(), std::this_thread::get_id());
}

TEST_F(AtOnceTest, WhatWasAtWorkForLongIsDoneElsewhereForTenTimesAsLong) {
  at_once_.record(20ms, false);
  EXPECT_NE(thread_of_work(), std::this_thread::get_id());
  now_ += 200ms;
  EXPECT_EQ(thread_of_work(), std::this_thread::get_id());
}

TEST_F(AtOnceTest, NotWhereSomethingElseIsMounted) {
  const auto inner = directory_.path() / "inner";
  std::filesystem::create_directory(inner);
  if (::mount("none", inner.c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "mounting needs root";
  EXPECT_FALSE(at_once_.may());
  EXPECT_TRUE(MountPoints(root_).any());
  EXPECT_FALSE(MountPoints(std::make_shared<const Descriptor>(::open(inner.c_str(), O_PATH | O_CLOEXEC))).any());
  ::umount(inner.c_str());
  EXPECT_TRUE(at_once_.may());
}

TEST_F(AtOnceTest, NotForFilesOfAnotherFileSystem) {
  at_once_.disable();
  EXPECT_FALSE(at_once_.may());
}

TEST_F(AtOnceTest, NotOnWhatIsNoDisk) {
  const auto proc = std::make_shared<const Descriptor>(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_FALSE(InlineExecutor(proc, points_).may());
}

}  // namespace
}  // namespace dftp::server
