#include "proto/storage/mount_table.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

constexpr std::string_view lines =
    "22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
    "90 28 0:52 / /mnt/a\\040b rw,nosuid,nodev - fuse.dftp dftp://h/ rw,user_id=0\n"
    "91 28 0:53 / /mnt/many rw shared:1 master:2 propagate_from:3 - fuse.sshfs h: rw\n"
    "92 28 0:54 / /mnt/cut rw";

TEST(MountTable, LinesOfMountinfoAreRead) {
  const auto entries = parse_mountinfo(lines);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1].directory, "/mnt/a b");
  EXPECT_EQ(entries[1].type, "fuse.dftp");
  EXPECT_EQ(entries[1].device, "0:52");
  EXPECT_EQ(entries[2].type, "fuse.sshfs");
}

}  // namespace
}  // namespace dftp
