#include "fuse/name_cache.h"

#include <gtest/gtest.h>

#include <map>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

struct NameCacheTest : testing::Test {
  std::map<Node, int> held;
  NameCache names{10, [this](Node node) { ++held[node]; }, [this](Node node) { --held[node]; }};
  Clock::time_point now = Clock::now(), later = now + 10s;
};

TEST_F(NameCacheTest, FindsWhatWasPutUntilItsTimeIsOver) {
  names.put(1, "a", 7, later);
  names.put(1, "b", missing, later);
  EXPECT_EQ(names.find(1, "a", now), 7u);
  EXPECT_EQ(names.find(1, "b", now), missing);
  EXPECT_EQ(names.find(1, "c", now), std::nullopt);
  EXPECT_EQ(names.find(2, "a", now), std::nullopt);
  EXPECT_EQ(names.find(1, "a", later), std::nullopt);
}

TEST_F(NameCacheTest, HoldsEachNodeOnceForEachName) {
  names.put(1, "a", 7, later);
  names.put(1, "link", 7, later);
  names.put(1, "a", 7, later);
  EXPECT_EQ(held[7], 2);
  names.put(1, "a", missing, later);
  names.erase(1, "link");
  EXPECT_EQ(held[7], 0);
}

TEST_F(NameCacheTest, AllOfAListedDirectoryIsKnownUntilSomethingIsErased) {
  using Names = std::vector<std::pair<std::string, Node>>;
  names.put(1, "a", 7, later);
  EXPECT_FALSE(names.all(1));
  names.begin_listing(1);
  names.put(1, "gone", missing, later);
  names.end_listing(1, now);
  EXPECT_EQ(names.all(1), (Names{{"a", 7}}));
  names.erase(1, "a");
  EXPECT_FALSE(names.all(1));
}

TEST_F(NameCacheTest, ListedDirectoryHasNothingElse) {
  names.begin_listing(1);
  names.put(1, "a", 7, later);
  EXPECT_EQ(names.find(1, "b", now), std::nullopt);
  names.end_listing(1, later);
  EXPECT_EQ(names.find(1, "b", now), missing);
  EXPECT_EQ(names.find(1, "b", later), std::nullopt);
}

TEST_F(NameCacheTest, ListingThatWasOvertakenIsNotWhole) {
  names.begin_listing(1);
  names.erase(1, "b");
  names.end_listing(1, later);
  EXPECT_FALSE(names.is_whole(1, now));
  names.begin_listing(1);
  names.erase(1);
  names.end_listing(1, later);
  EXPECT_FALSE(names.is_whole(1, now));
}

TEST_F(NameCacheTest, ForgetsTheDirectoryThatWasNotUsedForLongest) {
  for (Node node = 1; node <= 5; ++node) names.put(1, std::to_string(node), 100 + node, later);
  for (Node node = 1; node <= 5; ++node) names.put(2, std::to_string(node), 200 + node, later);
  EXPECT_EQ(names.find(1, "1", now), 101u);
  names.put(3, "x", 301, later);
  EXPECT_EQ(names.find(1, "1", now), 101u);
  EXPECT_EQ(names.find(2, "1", now), std::nullopt);
  EXPECT_EQ(held[201], 0);
  EXPECT_EQ(names.size(), 6u);
}

TEST_F(NameCacheTest, DirectoryLargerThanTheCacheIsNotKept) {
  for (Node node = 1; node <= 25; ++node) names.put(1, std::to_string(node), 100 + node, later);
  EXPECT_LE(names.size(), 10u);
  int nodes = 0;
  for (const auto& [node, count] : held) nodes += count;
  EXPECT_EQ(nodes, static_cast<int>(names.size()));
}

// Whoever seeks in a directory reads its end without its middle.
TEST_F(NameCacheTest, OnlyTheNextPageContinuesAListing) {
  EXPECT_FALSE(names.continues_listing(1, 0));
  names.begin_listing(1);
  EXPECT_TRUE(names.continues_listing(1, 0));
  names.listed_to(1, 50);
  EXPECT_TRUE(names.continues_listing(1, 50));
  EXPECT_FALSE(names.continues_listing(1, 0));
  EXPECT_FALSE(names.continues_listing(1, 80));
  names.erase(1, "a");
  EXPECT_FALSE(names.continues_listing(1, 50));
  names.listed_to(1, 50);
  EXPECT_FALSE(names.continues_listing(1, 50));
}

TEST_F(NameCacheTest, VersionChangesWithWhatANameStandsForAndNotWhenItIsSaidAgain) {
  EXPECT_EQ(names.version(1), 0u);
  names.put(1, "a", 7, later);
  const auto first = names.version(1);
  EXPECT_NE(first, 0u);
  names.put(1, "a", 7, later);
  EXPECT_EQ(names.version(1), first);
  names.put(1, "a", missing, later);
  const auto second = names.version(1);
  EXPECT_NE(second, first);
  names.erase(1, "b");
  EXPECT_NE(names.version(1), second);
  names.erase(1);
  names.put(1, "a", 7, later);
  EXPECT_NE(names.version(1), first);
}

TEST_F(NameCacheTest, MissesAreCountedUntilTheDirectoryIsListed) {
  ++names.misses(1);
  EXPECT_EQ(++names.misses(1), 2u);
  names.begin_listing(1);
  names.end_listing(1, later);
  EXPECT_EQ(names.misses(1), 0u);
}

}  // namespace
}  // namespace dftp::mount
