#include "fuse/mount_point.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace dftp::mount {
namespace {

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
