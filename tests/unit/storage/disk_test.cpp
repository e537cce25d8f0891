// Full, read-only and foreign disks: each test mounts one of its own, and is skipped where that is not allowed.
#include <linux/magic.h>
#include <sys/vfs.h>

#include "tests/support/one_thread.h"
#include "tests/unit/storage/on_disk.h"

namespace dftp {
namespace {

constexpr std::uint64_t megabyte = 1024 * 1024;

class Disk : public OnDisk {
 protected:
  // The storage of a tmpfs, with its options.
  void on(const std::string& options, const std::function<void(Storage&)>& body) {
    const bool ran = one_thread::mounted("tmpfs", root, options, [&] {
      auto mounted = open_posix_storage(root).value();
      body(*mounted);
    });
    if (!ran) GTEST_SKIP() << "mounting is not allowed here";
  }
};

TEST_F(Disk, FullDiskIsNoSpaceAndTheUploadGoesOnLater) {
  on("size=2m", [](Storage& storage) {
    ASSERT_TRUE(put(storage, "ballast", std::string(megabyte, 'b')));
    const std::string content(2 * megabyte - 65536, 'c');
    {
      auto file = std::move(storage.open_partial(at("file"), "ada").value().file);
      EXPECT_EQ(outcome(file->write_at(0, as_bytes(content))), "no_space");
    }
    EXPECT_EQ(storage.space(at("/")).value().available, 0u);
    ASSERT_TRUE(storage.remove(at("ballast")));
    auto again = storage.open_partial(at("file"), "ada").value();
    EXPECT_TRUE(again.existed);
    EXPECT_EQ(outcome(again.file->write_at(0, as_bytes(content))), "ok");
    EXPECT_EQ(outcome(again.file->publish({})), "ok");
  });
}

TEST_F(Disk, TooLittleRoomNamesWhatIsNeededAndThere) {
  on("size=2m", [](Storage& storage) {
    auto file = std::move(storage.open_partial(at("file"), "ada").value().file);
    const auto fits = file->check_room(3 * megabyte);
    EXPECT_EQ(outcome(fits), "no_space");
    EXPECT_NE(fits.error().detail.find("3145728"), std::string::npos) << fits.error().detail;
    EXPECT_NE(fits.error().detail.find("2097152"), std::string::npos) << fits.error().detail;
    ASSERT_TRUE(file->write_at(0, as_bytes(std::string(megabyte + megabyte / 2, 'x'))));
    EXPECT_EQ(outcome(file->check_room(2 * megabyte)), "ok") << "what is there already needs no more space";
  });
}

TEST_F(Disk, FileInMemoryIsReadWithoutWaiting) {
  on("size=2m", [](Storage& storage) {
    ASSERT_TRUE(put(storage, "file", std::string(megabyte, 'm')));
    std::vector<std::byte> out(megabyte);
    EXPECT_EQ(storage.open(at("file"), Links::follow).value()->read_cached(0, out), megabyte);
  });
}

TEST_F(Disk, MemoryIsNotTakenInAdvance) {
  on("size=64m", [](Storage& storage) {
    auto file = std::move(storage.open_partial(at("file"), "ada").value().file);
    EXPECT_EQ(outcome(file->check_room(32 * megabyte)), "ok");
    EXPECT_EQ(file->attributes().value().allocated, 0u);
  });
}

TEST_F(Disk, DiskWithoutASizeIsNotFull) {
  on("size=0", [](Storage& storage) {
    auto file = std::move(storage.open_partial(at("file"), "ada").value().file);
    EXPECT_EQ(outcome(file->check_room(32 * megabyte)), "ok");
  });
}

TEST_F(Disk, NothingIsTakenForWhatIsOnlyAnnounced) {
  struct ::statfs disk;
  ASSERT_EQ(::statfs(root.c_str(), &disk), 0);
  if (disk.f_type != EXT4_SUPER_MAGIC && disk.f_type != XFS_SUPER_MAGIC) GTEST_SKIP() << "neither ext4 nor xfs";
  auto file = begin("file");
  ASSERT_TRUE(file->check_room(8 * megabyte));
  EXPECT_EQ(file->attributes().value().allocated, 0u);
}

TEST_F(Disk, ReadOnlyDiskIsReadAndNotWritten) {
  on("size=2m", [this](Storage& storage) {
    ASSERT_TRUE(put(storage, "file", "content"));
    ASSERT_TRUE(storage.make_directory(at("d"), 0755));
    ASSERT_TRUE(storage.open_partial(at("half"), "ada").value().file->write_at(0, as_bytes("half")));
    ASSERT_TRUE(one_thread::remount_read_only(root));
    EXPECT_EQ(content_of(storage, "file"), "content");
    EXPECT_EQ(outcome(storage.open_partial(at("new"), "ada")), "read_only");
    EXPECT_EQ(outcome(storage.open_partial(at("half"), "ada")), "read_only");
    EXPECT_EQ(outcome(storage.make_directory(at("e"), 0755)), "read_only");
    EXPECT_EQ(outcome(storage.remove_directory(at("d"))), "read_only");
    EXPECT_EQ(outcome(storage.remove(at("file"))), "read_only");
    EXPECT_EQ(outcome(storage.rename(at("file"), at("other"), true)), "read_only");
    EXPECT_EQ(outcome(storage.make_symlink("x", at("link"), false)), "read_only");
    EXPECT_EQ(outcome(storage.set_mode(at("file"), 0600)), "read_only");
    EXPECT_EQ(outcome(storage.set_mtime(at("file"), 1)), "read_only");
    EXPECT_EQ(storage.collect_partials(at("/"), {}).value(), 0u);
  });
}

TEST_F(Disk, RenameAcrossDisksIsUnsupportedAndNotAnEscape) {
  std::filesystem::create_directory(root / "other");
  write_file(root / "file", "x");
  const bool ran = one_thread::mounted("tmpfs", root / "other", "size=2m", [&] {
    auto both = open_posix_storage(root).value();  // one that sees the mount
    EXPECT_EQ(outcome(put(*both, "other/file", "x")), "ok");
    EXPECT_EQ(outcome(both->rename(at("file"), at("other/moved"), true)), "unsupported");
    EXPECT_EQ(outcome(both->rename(at("file"), at("other/moved"), false)), "unsupported");
  });
  if (!ran) GTEST_SKIP() << "mounting is not allowed here";
}

}  // namespace
}  // namespace dftp
