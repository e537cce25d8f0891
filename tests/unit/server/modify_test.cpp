#include <gtest/gtest.h>

#include "proto/storage/umask.h"
#include "server/commands/handlers.h"
#include "tests/support/memory_storage.h"

namespace dftp::server {
namespace {

RemotePath path(std::string_view text) {
  return *RemotePath::parse(text);
}

class ModifyTest : public testing::Test {
 protected:
  bool is_directory(std::string_view at) {
    auto found = storage_->stat(path(at), Links::keep);
    return found && found->type == FileType::directory;
  }
  Result<Empty> make(std::string_view at, bool parents, std::uint32_t mode = 0755) {
    return commands::make_directory(*storage_, {.path = path(at), .parents = parents, .mode = mode});
  }

  std::unique_ptr<Storage> storage_ = make_memory_storage();
};

TEST_F(ModifyTest, MissingParentsAreMadeOnRequestOnly) {
  EXPECT_EQ(make("a/b/c", false).error().code, Code::not_found);
  EXPECT_TRUE(make("a/b/c", true));
  EXPECT_TRUE(is_directory("a/b/c"));
}

TEST_F(ModifyTest, AnExistingDirectoryIsNoErrorWithParents) {
  ASSERT_TRUE(make("a", false));
  EXPECT_TRUE(make("a", true));
  EXPECT_TRUE(make("", true));
  EXPECT_EQ(make("a", false).error().code, Code::exists);
}

TEST_F(ModifyTest, AFileInTheWayIsAnErrorWithParents) {
  ASSERT_TRUE(storage_->make_symlink("nowhere", path("a"), false));
  EXPECT_FALSE(make("a", true));
  EXPECT_FALSE(make("a/b", true));
}

TEST_F(ModifyTest, OnlyTheLastDirectoryGetsTheMode) {
  ASSERT_TRUE(make("a/b", true, 0700));
  EXPECT_EQ(storage_->stat(path("a"), Links::keep)->mode, new_directory_mode());
  EXPECT_EQ(storage_->stat(path("a/b"), Links::keep)->mode, 0700u);
}

TEST_F(ModifyTest, AModeHasTwelveBits) {
  ASSERT_TRUE(make("a", false));
  EXPECT_EQ(make("b", false, 010000).error().where, "params.mode");
  EXPECT_EQ(commands::chmod(*storage_, {path("a"), 010000}).error().code, Code::invalid_request);
  EXPECT_TRUE(commands::chmod(*storage_, {path("a"), 0700}));
}

TEST_F(ModifyTest, TheRootKeepsItsModeAndItsTime) {
  const auto before = storage_->stat(RemotePath(), Links::keep).value();
  EXPECT_EQ(commands::chmod(*storage_, {RemotePath(), 0700}).error().code, Code::denied);
  EXPECT_EQ(commands::utime(*storage_, {RemotePath(), 1}).error().code, Code::denied);
  const auto after = storage_->stat(RemotePath(), Links::keep).value();
  EXPECT_EQ(after.mode, before.mode);
  EXPECT_EQ(after.mtime_ns, before.mtime_ns);
}

TEST_F(ModifyTest, SetIdBitsAreDropped) {
  ASSERT_TRUE(make("a", false, 07755));
  EXPECT_EQ(storage_->stat(path("a"), Links::keep)->mode, 0755u);
  EXPECT_TRUE(commands::chmod(*storage_, {path("a"), 06711}));
  EXPECT_EQ(storage_->stat(path("a"), Links::keep)->mode, 0711u);
}

TEST_F(ModifyTest, ALinkNeedsATargetWithoutNul) {
  EXPECT_EQ(commands::symlink(*storage_, {{""}, path("l")}).error().code, Code::invalid_request);
  EXPECT_EQ(commands::symlink(*storage_, {{std::string("a\0b", 3)}, path("l")}).error().code, Code::invalid_request);
  EXPECT_TRUE(commands::symlink(*storage_, {{"a"}, path("l")}));
  EXPECT_EQ(commands::symlink(*storage_, {{"b"}, path("l")}).error().code, Code::exists);
}

TEST_F(ModifyTest, RenameReplacesUnlessToldNot) {
  ASSERT_TRUE(make("a", false));
  ASSERT_TRUE(make("b", false));
  EXPECT_EQ(commands::rename(*storage_, {path("a"), path("b"), false}).error().code, Code::exists);
  EXPECT_TRUE(commands::rename(*storage_, {path("a"), path("b"), true}));
  EXPECT_FALSE(is_directory("a"));
}

}  // namespace
}  // namespace dftp::server
