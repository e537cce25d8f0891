#include "server/mount/node_table.h"

#include <gtest/gtest.h>

namespace dftp::server {
namespace {

FileStatus file(std::uint64_t inode, std::int64_t birth = 1) {
  return {.key = {1, inode}, .birth = birth, .attr = {}};
}

class NodeTableTest : public testing::Test {
 protected:
  NodeTable table_{file(100), 8};
};

TEST_F(NodeTableTest, GivesOneFileOneNodeWhateverItsName) {
  const auto one = table_.add(file(1), fs::root_node, "one");
  EXPECT_EQ(table_.add(file(1), fs::root_node, "two"), one);
  EXPECT_EQ(table_.find(one)->name, "two");
  EXPECT_EQ(table_.find(one)->lookups, 2u);
  EXPECT_EQ(table_.known({1, 1}), one);
}

TEST_F(NodeTableTest, TellsFilesApartThatHadTheSameInode) {
  const auto before = table_.add(file(1, 10), fs::root_node, "name");
  const auto after = table_.add(file(1, 20), fs::root_node, "name");
  EXPECT_NE(after, before);
  EXPECT_EQ(table_.known({1, 1}), after);
  table_.forget(before, 1);
  EXPECT_EQ(table_.known({1, 1}), after);
}

TEST_F(NodeTableTest, NeverUsesAnIdAgain) {
  const auto one = table_.add(file(1), fs::root_node, "name");
  table_.forget(one, 1);
  EXPECT_EQ(table_.find(one), nullptr);
  EXPECT_NE(table_.add(file(1), fs::root_node, "name"), one);
}

TEST_F(NodeTableTest, KeepsANodeUntilAllLookupsAreGivenBack) {
  const auto one = table_.add(file(1), fs::root_node, "name");
  table_.add(file(1), fs::root_node, "name");
  table_.forget(one, 1);
  EXPECT_TRUE(table_.take_given_up().empty());
  table_.forget(one, UINT64_MAX);
  EXPECT_EQ(table_.take_given_up(), std::vector{one});
  EXPECT_EQ(table_.known({1, 1}), 0u);
}

TEST_F(NodeTableTest, KeepsTheWayToANodeThatIsKnown) {
  const auto outer = table_.add(file(1), fs::root_node, "outer");
  const auto inner = table_.add(file(2), outer, "inner");
  const auto leaf = table_.add(file(3), inner, "leaf");
  table_.forget(outer, 1);
  table_.forget(inner, 1);
  EXPECT_TRUE(table_.take_given_up().empty());
  table_.forget(leaf, 1);
  EXPECT_EQ(table_.take_given_up(), (std::vector{leaf, inner, outer}));
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(NodeTableTest, LetsGoOfAParentThatNothingIsFoundThroughAnyMore) {
  const auto one = table_.add(file(1), fs::root_node, "one");
  const auto two = table_.add(file(2), fs::root_node, "two");
  const auto leaf = table_.add(file(3), one, "leaf");
  table_.forget(one, 1);
  table_.move(leaf, two, "moved");
  EXPECT_EQ(table_.take_given_up(), std::vector{one});
  EXPECT_EQ(table_.find(leaf)->parent, two);
}

TEST_F(NodeTableTest, KeepsTheRootWhateverIsAsked) {
  const auto one = table_.add(file(1), fs::root_node, "one");
  table_.forget(fs::root_node, UINT64_MAX);
  table_.move(fs::root_node, one, "root");
  ASSERT_NE(table_.find(fs::root_node), nullptr);
  EXPECT_EQ(table_.find(fs::root_node)->parent, 0u);
}

TEST_F(NodeTableTest, DoesNotMoveANodeIntoItselfOrToAnUnknownOne) {
  const auto one = table_.add(file(1), fs::root_node, "one");
  table_.move(one, one, "x");
  table_.move(one, 99, "x");
  EXPECT_EQ(table_.find(one)->parent, fs::root_node);
  EXPECT_EQ(table_.find(one)->name, "one");
}

TEST_F(NodeTableTest, TakesNoMoreThanItsLimitAndNothingInAnUnknownDirectory) {
  EXPECT_EQ(table_.add(file(1), 99, "x"), 0u);
  for (std::uint64_t i = 1; i < 8; ++i) EXPECT_NE(table_.add(file(i), fs::root_node, "x"), 0u);
  EXPECT_EQ(table_.add(file(8), fs::root_node, "x"), 0u);
  EXPECT_NE(table_.add(file(7), fs::root_node, "x"), 0u);
}

}  // namespace
}  // namespace dftp::server
