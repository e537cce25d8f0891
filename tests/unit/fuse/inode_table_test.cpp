#include "fuse/inode_table.h"

#include <gtest/gtest.h>

#include <set>

namespace dftp::mount {
namespace {

TEST(InodeTable, ReturnsWhatNobodyHoldsAsOftenAsItWasHandedOut) {
  InodeTable nodes;
  nodes.found(5, root_node, "a", false);
  nodes.found(5, root_node, "a", false);
  nodes.release(5);
  EXPECT_FALSE(nodes.has_forgotten());
  nodes.release(5);
  const auto forgotten = nodes.take_forgotten(10);
  ASSERT_EQ(forgotten.size(), 1u);
  EXPECT_EQ(forgotten[0].node, 5u);
  EXPECT_EQ(forgotten[0].count, 2u);
  EXPECT_FALSE(nodes.has_forgotten());
}

TEST(InodeTable, HoldersCountAndAreNotHandedOut) {
  InodeTable nodes;
  nodes.found(5, root_node, "a", false);
  nodes.hold(5);
  nodes.hold(5);
  nodes.release(5, 3);
  EXPECT_EQ(nodes.take_forgotten(10)[0].count, 1u);
}

TEST(InodeTable, RootIsNeverForgotten) {
  InodeTable nodes;
  nodes.release(root_node, 100);
  EXPECT_FALSE(nodes.has_forgotten());
  EXPECT_TRUE(nodes.path(root_node)->empty());
}

TEST(InodeTable, PathFollowsRenames) {
  InodeTable nodes;
  nodes.found(2, root_node, "d", false);
  nodes.found(3, 2, "f", false);
  EXPECT_EQ(*nodes.path(3), (std::vector<std::string>{"d", "f"}));
  nodes.moved(2, root_node, "e");
  nodes.moved(3, 2, "g");
  EXPECT_EQ(*nodes.path(3), (std::vector<std::string>{"e", "g"}));
}

TEST(InodeTable, PathIsUnknownWhenAParentIsOrWhenItIsARing) {
  InodeTable nodes;
  nodes.found(3, 2, "f", false);
  EXPECT_FALSE(nodes.path(3));
  nodes.found(2, 3, "d", false);
  EXPECT_FALSE(nodes.path(3));
}

TEST(InodeTable, FilesComeInTurn) {
  InodeTable nodes;
  nodes.found(2, root_node, "d", true);
  for (Node node = 3; node < 103; ++node) nodes.found(node, 2, "f", false);
  std::set<Node> seen;
  for (int i = 0; i < 100; ++i) {
    const auto next = nodes.next_files(1);
    seen.insert(next.begin(), next.end());
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(*seen.begin(), 3u);
}

TEST(InodeTable, GivesNoMoreAtATimeThanAskedFor) {
  InodeTable nodes;
  for (Node node = 2; node < 12; ++node) {
    nodes.found(node, root_node, "a", false);
    nodes.release(node);
  }
  EXPECT_EQ(nodes.take_forgotten(7).size(), 7u);
  EXPECT_EQ(nodes.take_forgotten(7).size(), 3u);
}

}  // namespace
}  // namespace dftp::mount
