#include "server/mount/nodes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "proto/wire/limits.h"
#include "tests/support/temporary_directory.h"

namespace dftp {
namespace {

class NodesTest : public testing::Test {
 protected:
  Nodes nodes_at(const std::filesystem::path& path) {
    auto root = std::make_shared<const Descriptor>(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto looked = look(root->number()).value();
    return {std::move(root), looked};
  }
  void write(std::string_view name) { std::ofstream(directory_ / name) << name; }
  // As a lookup does it.
  std::uint64_t find(std::uint64_t parent, const std::string& name) {
    const auto held = nodes_.open(parent).value();
    return nodes_.add(look(held->number(), name).value(), parent, name).value();
  }
  std::string errno_of(std::uint64_t node) {
    const auto held = nodes_.open(node);
    return held ? "" : held.error().errno_name;
  }
  // So that nothing is open any more and has to be found anew.
  void push_out_of_the_cache() {
    std::filesystem::create_directory(directory_ / "many");
    const auto many = find(fs::root_node, "many");
    for (std::size_t i = 0; i <= limits::mount_kept_descriptors; ++i) {
      write("many/" + std::to_string(i));
      (void)nodes_.open(find(many, std::to_string(i)));
    }
  }

  TemporaryDirectory directory_;
  Nodes nodes_ = nodes_at(directory_.path());
};

TEST_F(NodesTest, FindsAFileAnewThroughItsParents) {
  std::filesystem::create_directories(directory_ / "a/b");
  write("a/b/c");
  const auto leaf = find(find(find(fs::root_node, "a"), "b"), "c");
  push_out_of_the_cache();
  const auto held = nodes_.open(leaf);
  ASSERT_TRUE(held);
  EXPECT_EQ(look((*held)->number())->attr.size, 5u);
  EXPECT_EQ(nodes_.path_of(leaf)->absolute(), "/a/b/c");
}

TEST_F(NodesTest, IsStaleWhenSomethingElseHasTheName) {
  write("name");
  const auto node = find(fs::root_node, "name");
  std::filesystem::remove(directory_ / "name");
  EXPECT_EQ(errno_of(node), "ESTALE");
  write("name");
  EXPECT_EQ(errno_of(node), "ESTALE");
  EXPECT_EQ(errno_of(12345), "ESTALE");
}

TEST_F(NodesTest, FollowsNoLinkThatWasPutInTheWay) {
  TemporaryDirectory outside;
  std::ofstream(outside / "file") << "secret";
  std::filesystem::create_directory(directory_ / "a");
  write("a/file");
  const auto leaf = find(find(fs::root_node, "a"), "file");
  std::filesystem::remove_all(directory_ / "a");
  std::filesystem::create_directory_symlink(outside.path(), directory_ / "a");
  EXPECT_EQ(errno_of(leaf), "ESTALE");
}

TEST_F(NodesTest, KeepsARemovedFileAsLongAsItIsKnown) {
  write("name");
  const auto node = find(fs::root_node, "name");
  nodes_.keep(node, nodes_.open(node).value());
  std::filesystem::remove(directory_ / "name");
  push_out_of_the_cache();
  ASSERT_TRUE(nodes_.open(node));
  EXPECT_TRUE(nodes_.is_removed(node));
  nodes_.forget(node, 1);
  EXPECT_EQ(errno_of(node), "ESTALE");
  EXPECT_FALSE(nodes_.is_removed(node));
}

TEST_F(NodesTest, FindsAFileThatIsOpenWhateverBecomesOfItsName) {
  write("name");
  const auto node = find(fs::root_node, "name");
  const auto held = nodes_.open(node).value();
  nodes_.begin_use(node, held);
  nodes_.begin_use(node, held);
  std::filesystem::remove(directory_ / "name");
  push_out_of_the_cache();
  nodes_.end_use(node);
  EXPECT_TRUE(nodes_.open(node));
  nodes_.end_use(node);
  EXPECT_EQ(errno_of(node), "ESTALE");
}

TEST_F(NodesTest, EndsWhenParentsGoInACircle) {
  std::filesystem::create_directories(directory_ / "a/b");
  const auto a = find(fs::root_node, "a"), b = find(a, "b");
  nodes_.moved(a, b, "a");
  push_out_of_the_cache();
  EXPECT_EQ(errno_of(a), "ESTALE");
  EXPECT_FALSE(nodes_.path_of(b));
}

TEST_F(NodesTest, TellsOwnChangesFromThoseOfOthers) {
  write("name");
  const auto node = find(fs::root_node, "name");
  const auto held = nodes_.open(node).value();
  const auto now = [&] { return look(held->number())->attr; };
  EXPECT_EQ(nodes_.look_for_change(node, now()), Nodes::Seen::same);

  EXPECT_FALSE(nodes_.begin_change(node, now()));
  ::chmod((directory_ / "name").c_str(), 0600);
  EXPECT_EQ(nodes_.look_for_change(node, now()), Nodes::Seen::changing);
  const auto after = now();
  nodes_.end_change(node, &after);
  EXPECT_EQ(nodes_.look_for_change(node, now()), Nodes::Seen::same);

  ::chmod((directory_ / "name").c_str(), 0640);
  EXPECT_EQ(nodes_.look_for_change(node, now()), Nodes::Seen::attributes);
  EXPECT_EQ(nodes_.look_for_change(node, now()), Nodes::Seen::same);
  std::ofstream(directory_ / "name") << "longer than before";
  EXPECT_TRUE(nodes_.begin_change(node, now()));
  nodes_.end_change(node, nullptr);
  EXPECT_EQ(nodes_.look_for_change(node, now()), Nodes::Seen::content);
  EXPECT_EQ(nodes_.look_for_change(999, now()), Nodes::Seen::unknown);
}

}  // namespace
}  // namespace dftp
