#include "fuse/open_ahead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace dftp::mount {
namespace {

constexpr Node directory = 1;

// Files 100, 101, ... in the order of their names; `order` is how the server lists them.
OpenAhead listed(const std::vector<Node>& order) {
  OpenAhead ahead;
  ahead.begin_listing(directory);
  for (const Node file : order) ahead.listed(directory, std::to_string(file), file);
  return ahead;
}

std::vector<Node> shuffled(std::size_t count) {
  std::vector<Node> files;
  for (std::size_t i = 0; i < count; ++i) files.push_back(100 + i * 37 % count);
  return files;
}

void expect_walk(OpenAhead& ahead, const std::vector<Node>& walk) {
  std::set<Node> opened;
  std::size_t missed = 0;
  for (const Node file : walk) {
    missed += !opened.contains(file);
    for (const Node next : ahead.next(directory, file)) EXPECT_TRUE(opened.insert(next).second) << "opened twice";
  }
  EXPECT_LE(missed, 3u);
}

TEST(OpenAhead, FollowsTheOrderOfTheListing) {
  const auto order = shuffled(200);
  auto ahead = listed(order);
  expect_walk(ahead, order);
}

TEST(OpenAhead, FollowsTheOrderOfTheNames) {
  const auto order = shuffled(200);
  auto ahead = listed(order);
  auto walk = order;
  std::ranges::sort(walk);
  expect_walk(ahead, walk);
}

TEST(OpenAhead, NoMoreThanItsMostAtATime) {
  const auto order = shuffled(200);
  auto ahead = listed(order);
  for (const Node file : order) EXPECT_LE(ahead.next(directory, file).size(), OpenAhead::max);
}

TEST(OpenAhead, FilesHereAndThereAreNoOrder) {
  auto ahead = listed(shuffled(200));
  for (const Node file : {150, 110, 190, 120, 170, 105, 160}) EXPECT_TRUE(ahead.next(directory, file).empty());
}

TEST(OpenAhead, KnowsOnlyWhatWasListed) {
  OpenAhead ahead;
  EXPECT_TRUE(ahead.next(directory, 100).empty());
  ahead.begin_listing(directory);
  EXPECT_TRUE(ahead.next(directory, 100).empty());
}

}  // namespace
}  // namespace dftp::mount
