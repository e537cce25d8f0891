#include "fuse/mount_point.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace dftp::mount {
namespace {

constexpr std::string_view lines =
    "22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
    "90 28 0:52 / /mnt/a\\040b rw,nosuid,nodev - fuse.dftp dftp://h/ rw,user_id=0\n"
    "91 28 0:53 / /mnt/many rw shared:1 master:2 propagate_from:3 - fuse.sshfs h: rw\n"
    "92 28 0:54 / /mnt/cut rw";

TEST(MountPoint, LinesOfMountinfoAreRead) {
  const auto entries = parse_mountinfo(lines);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1].directory, "/mnt/a b");
  EXPECT_EQ(entries[1].type, "fuse.dftp");
  EXPECT_EQ(entries[1].device, "0:52");
  EXPECT_EQ(entries[2].type, "fuse.sshfs");
}

TEST(MountPoint, RootIsMounted) {
  EXPECT_TRUE(mounted_on("/"));
  EXPECT_FALSE(mounted_on("/nowhere"));
}

class Directory : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(path); }
  void TearDown() override { std::filesystem::remove_all(path); }
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("dftp-mount-point-" + std::to_string(::getpid()));
};

TEST_F(Directory, BecomesAbsolute) {
  std::filesystem::create_directories(path / "a");
  EXPECT_EQ(prepare_mount_point((path / "a").string()).value(), path / "a");
  EXPECT_EQ(prepare_mount_point((path / "a/").string()).value(), path / "a");
  EXPECT_EQ(prepare_mount_point((path / "a/.").string()).value(), path / "a");
  EXPECT_EQ(prepare_mount_point((path / "a/../a").string()).value(), path / "a");
}

TEST_F(Directory, WhatIsNoneIsRefused) {
  std::ofstream(path / "file");
  EXPECT_EQ(prepare_mount_point((path / "file").string()).error().code, Code::not_directory);
  EXPECT_EQ(prepare_mount_point((path / "nothing").string()).error().code, Code::not_found);
  EXPECT_EQ(prepare_mount_point((path / "nothing/deeper").string()).error().code, Code::not_found);
}

}  // namespace
}  // namespace dftp::mount
