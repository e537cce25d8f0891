#include "server/mount/nodes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "proto/wire/limits.h"
#include "server/guard/budgets.h"
#include "tests/support/temporary_directory.h"

namespace dftp::server {
namespace {

class NodesTest : public testing::Test {
 protected:
  Nodes::OpenRoot opener(std::filesystem::path path) {
    return [path = std::move(path)]() -> Result<Descriptor> {
      Descriptor root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!root) return fail_errno(errno, path.string());
      return root;
    };
  }
  FileStatus looked_at(const std::filesystem::path& path) { return stat_at(opener(path)()->number()).value(); }
  void write(std::string_view name) { std::ofstream(home_ / name) << name; }
  // As a lookup does it.
  std::uint64_t find(std::uint64_t parent, const std::string& name) {
    const auto held = nodes_.open(parent).value();
    return nodes_.add(stat_at(held->number(), name).value(), parent, name).value();
  }
  std::string errno_of(std::uint64_t node) {
    const auto held = nodes_.open(node);
    return held ? "" : held.error().errno_name;
  }
  // After which nothing is kept any more and all has to be found anew.
  void let_time_pass() { now += std::chrono::seconds(2); }

  inline static Nodes::Clock::time_point now{};
  TemporaryDirectory directory_;
  std::filesystem::path home_ = directory_ / "home";
  bool made_ = std::filesystem::create_directory(home_);
  int kept_ = 0;
  Nodes nodes_{opener(home_), looked_at(home_), [this] { ++kept_; }, [] { return now; }};
};

TEST_F(NodesTest, ThatAUserMayNotHaveAreRefusedUntilOthersAreGivenBack) {
  BudgetTable table = budget_table({.sessions = 8, .descriptors = 64});
  table[static_cast<std::size_t>(Counted::nodes)].user = 4;
  Budgets budgets(table);
  const auto account = budgets.account("ada", "a");
  for (const char* name : {"a", "b", "c", "d"}) write(name);
  {
    Nodes nodes(opener(home_), looked_at(home_), [] {});
    nodes.charge(account);
    const auto root = nodes.open(fs::root_node).value();
    const auto add = [&](const std::string& name) { return nodes.add(stat_at(root->number(), name).value(), 1, name); };
    const auto first = add("a"), again = add("a");
    ASSERT_TRUE(first && again && add("b") && add("c"));
    const auto refused = add("d");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errno_name, "ENFILE");
    EXPECT_TRUE(add("c")) << "it is known";
    nodes.forget(*first, 1);
    EXPECT_FALSE(add("d"));
    nodes.forget(*first, 1);
    EXPECT_TRUE(add("d"));
  }
  EXPECT_TRUE(account->take(Counted::nodes, 4));
}

TEST_F(NodesTest, FindsAFileAnewThroughItsParents) {
  std::filesystem::create_directories(home_ / "a/b");
  write("a/b/c");
  const auto leaf = find(find(find(fs::root_node, "a"), "b"), "c");
  let_time_pass();
  const auto held = nodes_.open(leaf);
  ASSERT_TRUE(held);
  EXPECT_EQ(stat_at((*held)->number())->attr.size, 5u);
  EXPECT_EQ(nodes_.path_of(leaf)->absolute(), "/a/b/c");
}

TEST_F(NodesTest, IsStaleWhenSomethingElseHasTheName) {
  write("name");
  const auto node = find(fs::root_node, "name");
  std::filesystem::remove(home_ / "name");
  EXPECT_EQ(errno_of(node), "ESTALE");
  write("name");
  EXPECT_EQ(errno_of(node), "ESTALE");
  EXPECT_EQ(errno_of(12345), "ESTALE");
}

TEST_F(NodesTest, FollowsNoLinkThatWasPutInTheWay) {
  TemporaryDirectory outside;
  std::ofstream(outside / "file") << "secret";
  std::filesystem::create_directory(home_ / "a");
  write("a/file");
  const auto leaf = find(find(fs::root_node, "a"), "file");
  std::filesystem::remove_all(home_ / "a");
  std::filesystem::create_directory_symlink(outside.path(), home_ / "a");
  EXPECT_EQ(errno_of(leaf), "ESTALE");
}

TEST_F(NodesTest, KeepsNothingOfARemovedFileButWhatItWas) {
  write("name");
  const auto node = find(fs::root_node, "name");
  ASSERT_TRUE(nodes_.open(node));
  std::filesystem::remove(home_ / "name");
  EXPECT_EQ(errno_of(node), "ESTALE");
  nodes_.removed(node, {.inode = 5});
  EXPECT_EQ(nodes_.last_of_removed(node)->inode, 5u);
  nodes_.forget(node, 1);
  EXPECT_FALSE(nodes_.last_of_removed(node));
}

TEST_F(NodesTest, KeepsNoDescriptorOfAFileAndThoseOfDirectoriesForAMoment) {
  std::filesystem::create_directories(home_ / "a/b");
  write("a/b/c");
  const auto leaf = find(find(find(fs::root_node, "a"), "b"), "c");
  const std::weak_ptr<const Descriptor> file = nodes_.open(leaf).value();
  EXPECT_TRUE(file.expired());
  const std::weak_ptr<const Descriptor> directory = nodes_.open(find(fs::root_node, "a")).value();
  EXPECT_FALSE(directory.expired());
  EXPECT_EQ(kept_, 1);
  EXPECT_TRUE(nodes_.drop_old());
  EXPECT_FALSE(directory.expired());
  // Using it does not make it younger.
  for (int i = 0; i < 4; ++i) {
    now += std::chrono::milliseconds(300);
    EXPECT_TRUE(nodes_.open(leaf));
  }
  (void)nodes_.drop_old();
  EXPECT_TRUE(directory.expired());
  let_time_pass();
  EXPECT_FALSE(nodes_.drop_old());
  EXPECT_TRUE(nodes_.open(leaf));
  EXPECT_EQ(kept_, 2);
}

TEST_F(NodesTest, LosesWhatIsMovedOutOfItsRootHoweverDeepAndHoweverBusy) {
  std::filesystem::create_directories(home_ / "a/b/c");
  const auto a = find(fs::root_node, "a"), b = find(a, "b"), c = find(b, "c");
  std::filesystem::rename(home_ / "a", directory_ / "outside");
  for (int i = 0; i < 4; ++i) {
    now += std::chrono::milliseconds(400);
    (void)nodes_.open(c);
    (void)nodes_.open(b);
  }
  EXPECT_EQ(errno_of(a), "ESTALE");
  EXPECT_EQ(errno_of(b), "ESTALE");
  EXPECT_EQ(errno_of(c), "ESTALE");
  std::filesystem::rename(home_, directory_ / "moved");
  let_time_pass();
  EXPECT_EQ(errno_of(fs::root_node), "ESTALE");
  std::filesystem::create_directory(home_);
  EXPECT_EQ(errno_of(fs::root_node), "ESTALE");
}

TEST_F(NodesTest, OfAnOpenFileThatIsMovedOutNothingNewIsOpened) {
  write("file");
  const auto node = find(fs::root_node, "file");
  nodes_.begin_use(node, nodes_.open(node).value());
  std::filesystem::rename(home_ / "file", home_ / "elsewhere");
  EXPECT_TRUE(nodes_.open(node));
  std::filesystem::rename(home_ / "elsewhere", directory_ / "outside");
  EXPECT_EQ(errno_of(node), "ESTALE");
  EXPECT_TRUE(nodes_.open_to_stat(node));
  nodes_.end_use(node);
}

TEST_F(NodesTest, FindsAFileThatIsOpenWhateverBecomesOfItsName) {
  write("name");
  const auto node = find(fs::root_node, "name");
  const auto held = nodes_.open(node).value();
  nodes_.begin_use(node, held);
  nodes_.begin_use(node, held);
  std::filesystem::remove(home_ / "name");
  let_time_pass();
  nodes_.end_use(node);
  EXPECT_TRUE(nodes_.open(node));
  nodes_.end_use(node);
  EXPECT_EQ(errno_of(node), "ESTALE");
}

TEST_F(NodesTest, EndsWhenParentsGoInACircle) {
  std::filesystem::create_directories(home_ / "a/b");
  const auto a = find(fs::root_node, "a"), b = find(a, "b");
  nodes_.moved(a, b, "a");
  let_time_pass();
  EXPECT_EQ(errno_of(a), "ESTALE");
  EXPECT_FALSE(nodes_.path_of(b));
}

TEST_F(NodesTest, TellsOwnChangesFromThoseOfOthers) {
  write("name");
  const auto node = find(fs::root_node, "name");
  const auto held = nodes_.open(node).value();
  const auto now = [&] { return stat_at(held->number())->attr; };
  EXPECT_EQ(nodes_.check_change(node, now()), Nodes::Seen::same);

  EXPECT_FALSE(nodes_.begin_change(node, now()));
  ::chmod((home_ / "name").c_str(), 0600);
  EXPECT_EQ(nodes_.check_change(node, now()), Nodes::Seen::changing);
  const auto after = now();
  nodes_.end_change(node, &after);
  EXPECT_EQ(nodes_.check_change(node, now()), Nodes::Seen::same);

  ::chmod((home_ / "name").c_str(), 0640);
  EXPECT_EQ(nodes_.check_change(node, now()), Nodes::Seen::attributes);
  EXPECT_EQ(nodes_.check_change(node, now()), Nodes::Seen::same);
  std::ofstream(home_ / "name") << "longer than before";
  EXPECT_TRUE(nodes_.begin_change(node, now()));
  nodes_.end_change(node, nullptr);
  EXPECT_EQ(nodes_.check_change(node, now()), Nodes::Seen::content);
  EXPECT_EQ(nodes_.check_change(999, now()), Nodes::Seen::unknown);
}

}  // namespace
}  // namespace dftp::server
