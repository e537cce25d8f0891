#include "proto/wire/attributes.h"

#include <gtest/gtest.h>

#include <set>

namespace dftp {
namespace {

TEST(FileType, names_lead_back) {
  for (const FileType type : {FileType::file, FileType::directory, FileType::symlink, FileType::other}) {
    EXPECT_EQ(parse_enum(name_of(type), FileType{}), type);
  }
  EXPECT_EQ(name_of(FileType::symlink), "symlink");
  EXPECT_EQ(parse_enum("socket", FileType{}), std::nullopt);
  EXPECT_EQ(parse_enum("", FileType{}), std::nullopt);
}

TEST(Version, changes_with_what_changes_the_content) {
  const Attributes base{.size = 5, .mtime_ns = 7, .ctime_ns = 8, .inode = 9};
  std::set<std::string> versions{version_of(base)};
  const auto differs = [&](auto change) {
    Attributes changed = base;
    change(changed);
    return versions.insert(version_of(changed)).second;
  };
  EXPECT_TRUE(differs([](Attributes& a) { a.size = 6; }));
  EXPECT_TRUE(differs([](Attributes& a) { a.mtime_ns = -7; }));
  EXPECT_TRUE(differs([](Attributes& a) { a.ctime_ns = 9; }));
  EXPECT_TRUE(differs([](Attributes& a) { a.inode = 10; }));
}

TEST(Version, does_not_change_with_what_reading_changes) {
  const Attributes base{.size = 5, .mtime_ns = 7};
  Attributes same = base;
  same.allocated = 4096;
  same.links = 3;
  EXPECT_EQ(version_of(same), version_of(base));
}

TEST(Version, holds_the_largest_values) {
  const Attributes max{.size = UINT64_MAX, .mtime_ns = -1, .ctime_ns = -1, .inode = UINT64_MAX};
  EXPECT_EQ(version_of(max), "ffffffffffffffff-ffffffffffffffff-ffffffffffffffff-ffffffffffffffff");
}

}  // namespace
}  // namespace dftp
