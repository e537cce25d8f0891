// What a partial is on disk, what a crash leaves of it, and what others may plant under its name.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/one_thread.h"
#include "tests/unit/storage/on_disk.h"

namespace dftp {
namespace {

using PartialOnDisk = OnDisk;

TEST_F(PartialOnDisk, NobodyElseMayReadIt) {
  const mode_t before = ::umask(0);
  const auto file = begin("file");
  ::umask(before);
  EXPECT_EQ(status_of(partial()).st_mode & 07777, 0600u);
}

TEST_F(PartialOnDisk, NameFitsHoweverLongTheTargetIs) {
  const auto file = begin(std::string(255, 'n'));
  EXPECT_LE(partial().filename().string().size(), 64u);
}

TEST_F(PartialOnDisk, KilledProcessLeavesItForTheNext) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto file = std::move(open_posix_storage(root).value()->open_partial(at("file"), "ada").value().file);
    const bool written = file->write_at(0, as_bytes("half")).has_value();
    if (::write(ready[1], &written, 1) == 1) ::pause();
    ::_exit(1);
  }
  char written = 0;
  ASSERT_EQ(::read(ready[0], &written, 1), 1);
  EXPECT_TRUE(written);
  EXPECT_EQ(outcome(storage().open_partial(at("file"), "ada")), "busy");
  EXPECT_EQ(storage().collect_partials(at("/"), {}).value(), 0u);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  auto again = storage().open_partial(at("file"), "ada").value();
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(content_of(*again.file), "half");
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(PartialOnDisk, ReadOnlySourceIsResumedAfterACrash) {
  const bool ran = one_thread::unprivileged(root, [&] {
    for (const std::uint32_t mode : {0444u, 0u}) {
      ASSERT_TRUE(begin("file")->write_at(0, as_bytes("half")));
      ASSERT_TRUE(begin("file")->prepare({.mode = mode}));
      auto again = storage().open_partial(at("file"), "ada");
      ASSERT_TRUE(again) << describe(again.error());
      EXPECT_TRUE(again->existed);
      EXPECT_EQ(status_of(partial()).st_mode & 07777, 0600u);
      EXPECT_EQ(again->file->publish({.mode = mode}).value().mode, mode);
    }
  });
  if (!ran) GTEST_SKIP() << "needs another user";
}

TEST_F(PartialOnDisk, UnreadablePartialIsCollected) {
  const bool ran = one_thread::unprivileged(root, [&] {
    ASSERT_TRUE(begin("file")->write_at(0, as_bytes("half")));
    ASSERT_TRUE(begin("file")->prepare({.mode = 0}));
    EXPECT_EQ(storage().collect_partials(at("/"), {}).value(), 1u);
  });
  if (!ran) GTEST_SKIP() << "needs another user";
}

TEST_F(PartialOnDisk, SecondSessionDoesNotChangeTheModeOfAPreparedOne) {
  const bool ran = one_thread::unprivileged(root, [&] {
    const auto file = begin("file");
    ASSERT_TRUE(file->prepare({.mode = 0400}));
    EXPECT_EQ(outcome(storage().open_partial(at("file"), "ada")), "busy");
    EXPECT_EQ(file->publish({.mode = 0400}).value().mode, 0400u);
  });
  if (!ran) GTEST_SKIP() << "needs another user";
}

TEST_F(PartialOnDisk, DirectoryWithoutPermissionIsDenied) {
  std::filesystem::create_directory(root / "closed");
  std::filesystem::permissions(root / "closed", std::filesystem::perms(0500));
  const bool ran = one_thread::unprivileged(root, [&] {
    EXPECT_EQ(outcome(storage().open_partial(at("closed/file"), "ada")), "denied");
    EXPECT_EQ(outcome(storage().make_directory(at("closed/d"), 0755)), "denied");
  });
  if (!ran) GTEST_SKIP() << "needs another user";
}

TEST_F(PartialOnDisk, PublishFindsThatItsNameIsGone) {
  write_file(root / "file", "old");
  const auto file = begin("file");
  ASSERT_TRUE(file->write_at(0, as_bytes("new")));
  std::filesystem::rename(partial(), root / "elsewhere");
  EXPECT_EQ(outcome(file->publish({})), "io");
  EXPECT_EQ(outcome(file->discard()), "io");
  EXPECT_EQ(read_file(root / "file"), "old");
}

TEST_F(PartialOnDisk, PublishFindsThatItsNameIsSomethingElse) {
  const auto file = begin("file");
  const auto name = partial();
  std::filesystem::rename(name, root / "elsewhere");
  write_file(name, "planted");
  EXPECT_EQ(outcome(file->publish({})), "io");
  EXPECT_EQ(read_file(name), "planted");
  EXPECT_FALSE(std::filesystem::exists(root / "file"));
}

TEST_F(PartialOnDisk, PlantedLinkIsRefused) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("half")));
  const auto name = partial();
  std::filesystem::remove(name);
  write_file(outside / "victim", "untouched");
  std::filesystem::create_symlink("../outside/victim", name);
  EXPECT_EQ(outcome(storage().open_partial(at("file"), "ada")), "denied");
  EXPECT_EQ(read_file(outside / "victim"), "untouched");
  EXPECT_EQ(storage().collect_partials(at("/"), {}).value(), 1u);
  EXPECT_EQ(outcome(storage().open_partial(at("file"), "ada")), "ok");
}

TEST_F(PartialOnDisk, PlantedFifoIsRefusedWithoutWaiting) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("half")));
  const auto name = partial();
  std::filesystem::remove(name);
  ASSERT_EQ(::mkfifo(name.c_str(), 0600), 0);
  EXPECT_EQ(outcome(storage().open_partial(at("file"), "ada")), "denied");
  EXPECT_EQ(storage().collect_partials(at("/"), {}).value(), 0u);
}

TEST_F(PartialOnDisk, SecondNameOfAnotherFileIsNotWrittenTo) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("half")));
  const auto name = partial();
  std::filesystem::remove(name);
  write_file(outside / "victim", "untouched");
  std::filesystem::create_hard_link(outside / "victim", name);
  auto opened = storage().open_partial(at("file"), "ada").value();
  EXPECT_FALSE(opened.existed);
  ASSERT_TRUE(opened.file->write_at(0, as_bytes("OVERWRITTEN")));
  EXPECT_EQ(read_file(outside / "victim"), "untouched");
  EXPECT_EQ(outcome(opened.file->publish({})), "ok");
}

TEST_F(PartialOnDisk, CrashBetweenTwoNamesLeavesThePublishedFileAlone) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("published")));
  std::filesystem::create_hard_link(partial(), root / "file");
  auto opened = storage().open_partial(at("file"), "ada").value();
  EXPECT_FALSE(opened.existed);
  ASSERT_TRUE(opened.file->write_at(0, as_bytes("the next")));
  EXPECT_EQ(read_file(root / "file"), "published");
}

TEST_F(PartialOnDisk, FileOfAnotherUserIsNotTrusted) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("planted")));
  if (::chown(partial().c_str(), 12345, static_cast<gid_t>(-1)) != 0) GTEST_SKIP() << "needs root";
  auto opened = storage().open_partial(at("file"), "ada").value();
  EXPECT_FALSE(opened.existed);
  EXPECT_EQ(status_of(partial()).st_uid, ::geteuid());
}

}  // namespace
}  // namespace dftp
