// File systems and kernels that lack something: each test takes one system call away.
#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <iterator>

#include "proto/wire/limits.h"
#include "tests/support/one_thread.h"
#include "tests/unit/storage/on_disk.h"

namespace dftp {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t megabyte = 1024 * 1024;

class Fallback : public OnDisk {
 protected:
  void without(const std::vector<one_thread::Refusal>& calls, const one_thread::Body& body) {
    if (!one_thread::refusing(calls, body)) GTEST_SKIP() << "system calls cannot be filtered here";
  }
};

TEST_F(Fallback, WithoutNoReplacePublishStillRefusesATakenName) {
  without({{SYS_renameat2, EINVAL}}, [&] {
    EXPECT_EQ(outcome(put(storage(), "file", "old", {.replace = false})), "ok");
    EXPECT_EQ(status_of(root / "file").st_nlink, 1u);
    EXPECT_EQ(outcome(put(storage(), "file", "new", {.replace = false})), "exists");
    EXPECT_EQ(read_file(root / "file"), "old");
    EXPECT_EQ(outcome(put(storage(), "file", "new")), "ok");
    EXPECT_EQ(read_file(root / "file"), "new");
    EXPECT_EQ(storage().collect_partials(at("/"), {}).value(), 0u);
  });
}

TEST_F(Fallback, WithoutNoReplaceRenameStillRefusesATakenName) {
  std::filesystem::create_directory(root / "a");
  std::filesystem::create_directory(root / "taken");
  without({{SYS_renameat2, EINVAL}}, [&] {
    EXPECT_EQ(outcome(storage().rename(at("a"), at("taken"), false)), "exists");
    EXPECT_EQ(outcome(storage().rename(at("a"), at("b"), false)), "ok");
    EXPECT_EQ(outcome(storage().rename(at("no"), at("c"), false)), "not_found");
  });
}

TEST_F(Fallback, WithoutSecondNamesACheckComesFirst) {
  write_file(root / "a", "a");
  write_file(root / "taken", "taken");
  without({{SYS_renameat2, EINVAL}, {SYS_linkat, EPERM}}, [&] {
    EXPECT_EQ(outcome(storage().rename(at("a"), at("taken"), false)), "exists");
    EXPECT_EQ(outcome(storage().rename(at("a"), at("b"), false)), "ok");
    EXPECT_EQ(read_file(root / "taken"), "taken");
  });
}

TEST_F(Fallback, WithoutCopyInTheKernelHolesStay) {
  {
    auto file = begin("file");
    ASSERT_TRUE(file->write_at(megabyte, as_bytes(std::string(megabyte + 5, 'x'))));
    ASSERT_TRUE(file->truncate(4 * megabyte));
    ASSERT_TRUE(file->publish({}));
  }
  without({{SYS_copy_file_range, ENOSYS}}, [&] {
    auto copy = begin("file");
    EXPECT_EQ(outcome(copy->copy_target(limits::file_bytes)), "ok");
    EXPECT_EQ(content_of(*copy), read_file(root / "file"));
    EXPECT_LT(copy->attributes().value().allocated, 2 * megabyte);
  });
}

TEST_F(Fallback, WithoutNamelessFilesAMadeFileIsAPartial) {
  without({{SYS_openat, EOPNOTSUPP, 2, O_TMPFILE & ~O_DIRECTORY}}, [&] {
    auto held = storage().directory(at("/")).value();
    auto file = held->make_file("file", "ada").value();
    ASSERT_TRUE(file->write_at(0, as_bytes("content")));
    EXPECT_EQ(outcome(storage().open_partial(at("file"), "ada")), "busy") << "it is held";
    EXPECT_EQ(outcome(file->publish({})), "ok");
    EXPECT_EQ(read_file(root / "file"), "content");
    EXPECT_EQ(storage().collect_partials(at("/"), {}).value(), 0u);
  });
}

TEST_F(Fallback, NamelessFilesGetTheirNamesAlsoWithoutPrivilege) {
  const auto publish = [&] {
    auto held = storage().directory(at("/")).value();
    for (const char* content : {"first", "second"}) {
      auto file = held->make_file("file", "ada").value();
      ASSERT_TRUE(file->write_at(0, as_bytes(content)));
      EXPECT_EQ(std::distance(fs::directory_iterator(root), {}), content == std::string_view("first") ? 0 : 1)
          << "it has no name";
      EXPECT_EQ(outcome(file->publish({})), "ok");
      EXPECT_EQ(read_file(root / "file"), content);
    }
  };
  if (!one_thread::unprivileged(root, publish)) GTEST_SKIP() << "this user cannot be changed";
}

TEST_F(Fallback, WithoutHolesZerosAreWritten) {
  without({{SYS_fallocate, EOPNOTSUPP}}, [&] {
    auto file = begin("file");
    EXPECT_EQ(outcome(file->check_room(4 * megabyte)), "ok");
    ASSERT_TRUE(file->write_at(0, as_bytes(std::string(megabyte, 'x'))));
    EXPECT_EQ(outcome(file->zero(1000, megabyte / 2)), "ok");
    EXPECT_EQ(outcome(file->zero(megabyte - 10, 20)), "ok");
    std::string expected(megabyte, 'x');
    expected.replace(1000, megabyte / 2, megabyte / 2, '\0');
    expected.replace(megabyte - 10, 10, 20, '\0');
    EXPECT_EQ(content_of(*file), expected);
  });
}

TEST_F(Fallback, WithoutSeekingForHolesAllIsData) {
  auto file = begin("file");
  ASSERT_TRUE(file->truncate(4 * megabyte));
  without({{SYS_lseek, EINVAL}}, [&] {
    const Extent extent = file->extent_at(5).value();
    EXPECT_FALSE(extent.hole);
    EXPECT_EQ(extent.length, 4 * megabyte - 5);
    EXPECT_EQ(file->extent_at(4 * megabyte).value().length, 0u);
  });
}

TEST_F(Fallback, DirectoryThatCannotBeSyncedIsNoError) {
  without({{SYS_fsync, EINVAL}}, [&] { EXPECT_EQ(outcome(storage().sync_directory(at("/"))), "ok"); });
}

TEST_F(Fallback, WhatTheDiskCouldNotStoreIsNotResumed) {
  write_file(root / "file", "old");
  without({{SYS_fsync, EIO}}, [&] {
    auto file = begin("file");
    ASSERT_TRUE(file->write_at(0, as_bytes("lost")));
    EXPECT_EQ(outcome(file->publish({})), "io");
    EXPECT_EQ(outcome(file->flush()), "io");
    EXPECT_EQ(outcome(storage().sync_directory(at("/"))), "io");
  });
  EXPECT_EQ(read_file(root / "file"), "old");
  EXPECT_FALSE(storage().open_partial(at("file"), "ada").value().existed);
}

TEST_F(Fallback, MissingOpenat2IsNamed) {
  for (const int error : {ENOSYS, EPERM}) {
    without({{SYS_openat2, error}}, [&] {
      const auto opened = open_posix_storage(root);
      EXPECT_EQ(outcome(opened), "unsupported");
      EXPECT_NE(opened.error().detail.find("openat2"), std::string::npos);
    });
  }
}

TEST_F(Fallback, ResolutionThatNeverSettlesIsBusy) {
  without({{SYS_openat2, EAGAIN}}, [&] { EXPECT_EQ(outcome(storage().stat(at("/"), Links::keep)), "busy"); });
}

}  // namespace
}  // namespace dftp
