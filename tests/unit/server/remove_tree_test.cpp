#include "server/commands/remove_tree.h"

#include <gtest/gtest.h>

#include "tests/support/memory_storage.h"

namespace dftp::server {
namespace {

RemotePath path(std::string_view text) {
  return *RemotePath::parse(text);
}

class RemoveTree : public testing::Test {
 protected:
  RemoveTree() {
    for (const char* directory : {"tree", "tree/a", "tree/b", "tree/b/c", "other"})
      EXPECT_TRUE(storage_->make_directory(path(directory), 0755));
    for (const char* file : {"tree/f", "tree/a/f", "tree/b/c/f", "other/f"}) make_file(file);
  }
  void make_file(std::string_view at) {
    auto file = std::move(storage_->open_partial(path(at), "ada").value().file);
    EXPECT_TRUE(file->publish({}));
  }
  bool exists(std::string_view at) { return storage_->stat(path(at), Links::keep).has_value(); }
  Result<RemoveReply> remove(std::string_view at) {
    const Remove request{.path = path(at), .recursive = true};
    TreeRemoval removal(*storage_, request);
    for (;;) {
      const auto more = removal.step();
      if (!more) return std::unexpected(more.error());
      if (!*more) return removal.reply();
    }
  }

  std::shared_ptr<Storage> storage_ = make_memory_storage();
};

TEST_F(RemoveTree, AllThatIsInItGoesAndNothingElse) {
  ASSERT_TRUE(storage_->make_symlink("../other", path("tree/link"), false));
  const auto reply = remove("tree").value();
  EXPECT_EQ(reply.removed, 8u);
  EXPECT_EQ(reply.failed, 0u);
  EXPECT_FALSE(exists("tree"));
  EXPECT_TRUE(exists("other/f"));
}

TEST_F(RemoveTree, FilesAndLinksGoAlone) {
  ASSERT_TRUE(storage_->make_symlink("other", path("link"), false));
  EXPECT_EQ(remove("link").value().removed, 1u);
  EXPECT_EQ(remove("tree/f").value().removed, 1u);
  EXPECT_TRUE(exists("other/f"));
  EXPECT_EQ(remove("none").error().code, Code::not_found);
  EXPECT_EQ(remove("none/x").error().where, "/none/x");
  EXPECT_EQ(remove("/").error().code, Code::denied);
}

TEST_F(RemoveTree, WhatStaysIsToldAndTheRestGoes) {
  auto held = storage_->open_partial(path("tree/a/new"), "ada").value();
  const auto reply = remove("tree").value();
  EXPECT_EQ(reply.failed, 1u) << "the directory above is not told: it stays for what is in it";
  ASSERT_EQ(reply.errors.size(), 1u);
  EXPECT_EQ(reply.errors[0].where.bytes, "/tree/a");
  EXPECT_EQ(reply.removed, 5u);
  EXPECT_TRUE(exists("tree/a"));
  EXPECT_FALSE(exists("tree/b"));
}

TEST_F(RemoveTree, OnlyTheFirstFailuresAreToldAndAllAreCounted) {
  constexpr int directories = 2000;
  std::vector<Storage::OpenedPartial> held;
  for (int i = 0; i < directories; ++i) {
    const std::string name = "other/" + std::string(200, 'd') + std::to_string(i);
    ASSERT_TRUE(storage_->make_directory(path(name), 0755));
    held.push_back(storage_->open_partial(path(name + "/f"), "ada").value());
  }
  const auto reply = remove("other").value();
  EXPECT_EQ(reply.failed, directories);
  EXPECT_GT(reply.errors.size(), 100u);
  EXPECT_LT(reply.errors.size(), static_cast<std::size_t>(directories));
}

TEST_F(RemoveTree, ATreeInAnotherIsFoundFromThere) {
  const Remove request{.path = path("tree/b/c"), .recursive = true, .within = path("tree")};
  ASSERT_TRUE(storage_->rename(path("tree/b"), path("moved"), true));
  ASSERT_TRUE(storage_->make_symlink("../moved", path("tree/b"), false));
  EXPECT_EQ(TreeRemoval(*storage_, request).step().error().code, Code::outside_root);
  EXPECT_TRUE(exists("moved/c/f"));
}

}  // namespace
}  // namespace dftp::server
