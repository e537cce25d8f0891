#include "fuse/metadata_cache.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

struct Told final : KernelInvalidations {
  std::vector<std::string> lines;
  void attributes(Node node) override { lines.push_back("attributes " + std::to_string(node)); }
  void data(Node node) override { lines.push_back("data " + std::to_string(node)); }
  void pages(Node node) override { lines.push_back("pages " + std::to_string(node)); }
  void name(Node directory, const std::string& name) override {
    lines.push_back("name " + std::to_string(directory) + "/" + name);
  }
  void listing(Node directory) override { lines.push_back("listing " + std::to_string(directory)); }
  void all_names() override { lines.push_back("all names"); }
  void release_entry(Node directory, const std::string& name) override {
    lines.push_back("let go " + std::to_string(directory) + "/" + name);
  }
};

struct KnowledgeTest : testing::Test {
  Told told;
  MetadataCache known{Lifetimes(MountOptions{}), told, 1000};
  fs::Attr attr{.inode = 9, .mode = 0100644, .size = 10, .mtime = 1, .ctime = 1};
  using Lines = std::vector<std::string>;
};

TEST_F(KnowledgeTest, WatchedAttributesHoldLongerThanOthers) {
  EXPECT_GT(known.store(5, attr, 1, true), 60s);
  EXPECT_LE(known.store(6, attr, 1, false), 1s);
  EXPECT_EQ(known.attributes(5, false)->attr, attr);
  EXPECT_FALSE(known.attributes(7, false));
}

TEST_F(KnowledgeTest, AttributesOlderThanAnEventAreNotKept) {
  known.changed({5, {fs::What::attr}, {}}, 8, 0);
  EXPECT_EQ(known.store(5, attr, 7, true), 0s);
  EXPECT_FALSE(known.attributes(5, false));
  EXPECT_GT(known.store(5, attr, 8, true), 0s);
}

TEST_F(KnowledgeTest, KernelIsToldOfContentThatOthersHaveChanged) {
  known.store(5, attr, 1, true);
  fs::Attr changed = attr;
  changed.mtime = 2;
  known.store(5, changed, 2, true, true);
  EXPECT_EQ(told.lines, Lines{});
  changed.size = 11;
  known.store(5, changed, 3, true);
  EXPECT_EQ(told.lines, Lines{"data 5"});
}

TEST_F(KnowledgeTest, AnswersToWritesMayOvertakeEachOther) {
  known.store(5, attr, 1, true);
  known.store_written(5, 300, 8, 7, 7, 0100644, 1);
  known.store_written(5, 200, 8, 7, 7, 0100644, 1);
  known.store_written(5, 100, 8, 6, 6, 0100644, 1);
  EXPECT_EQ(known.attributes(5, false)->attr.size, 300u);
}

TEST_F(KnowledgeTest, NewDirectoryHasNoNamesUntilOneIsTold) {
  const auto now = Clock::now();
  known.store_empty(5, 1);
  EXPECT_EQ(known.names().find(5, "any", now), missing);
  known.store_name(5, "own", 6, 1, true);
  EXPECT_EQ(known.names().find(5, "own", now), 6);
  EXPECT_EQ(known.names().find(5, "any", now), missing);
  known.changed({5, {fs::What::entries}, {{"theirs"}}}, 2, 0);
  EXPECT_EQ(known.names().find(5, "theirs", now), std::nullopt);
  EXPECT_EQ(known.names().find(5, "any", now), std::nullopt);
  known.store_empty(5, 1);
  EXPECT_EQ(known.names().find(5, "any", now), std::nullopt);
}

TEST_F(KnowledgeTest, WhereOthersMakeNamesNoneIsTakenForMissing) {
  const auto now = Clock::now();
  known.watched(5, true);
  known.names().begin_listing(5);
  known.listed_whole(5);
  EXPECT_EQ(known.names().find(5, "any", now), missing);
  EXPECT_GT(known.missing_holds(5), 0s);
  known.changed({5, {fs::What::entries}, {{"theirs"}}}, 2, 0);
  EXPECT_TRUE(known.is_lively(5));
  EXPECT_EQ(known.missing_holds(5), 0s);
  known.names().begin_listing(5);
  known.listed_whole(5);
  EXPECT_EQ(known.names().find(5, "any", now), std::nullopt);
  EXPECT_EQ(known.store_name(5, "any", missing, 3, true), 0s);
  EXPECT_GT(known.store_name(5, "theirs", 6, 3, true), 60s);
  EXPECT_FALSE(known.is_lively(6));
}

TEST_F(KnowledgeTest, MissingNamesHoldNoLongerThanTheUserWishes) {
  MountOptions options;
  options.negative_timeout = Seconds(0);
  MetadataCache doubting(Lifetimes(options), told, 1000);
  doubting.watched(5, true);
  doubting.names().begin_listing(5);
  doubting.listed_whole(5);
  EXPECT_EQ(doubting.names().find(5, "any", Clock::now()), std::nullopt);
}

TEST_F(KnowledgeTest, WhatWasMadeHereHasNoCapabilitiesUntilSomebodyTouchesIt) {
  known.store(5, attr, 1, true);
  EXPECT_FALSE(known.has_no_capabilities(5));
  known.store_made(5);
  known.store_written(5, 300, 8, 7, 7, 0100644, 1);
  EXPECT_TRUE(known.has_no_capabilities(5));
  attr.ctime = 8;
  known.store(5, attr, 1, true, true);
  EXPECT_TRUE(known.has_no_capabilities(5));
  attr.ctime = 9;
  known.store(5, attr, 1, true);
  EXPECT_FALSE(known.has_no_capabilities(5));
  known.store_made(5);
  known.gave_attribute(5);
  EXPECT_FALSE(known.has_no_capabilities(5));
  known.store_made(5);
  known.changed({5, {fs::What::attr}, {}}, 2, 0);
  EXPECT_FALSE(known.has_no_capabilities(5));
}

TEST_F(KnowledgeTest, WhatIsOlderThanMissedEventsIsNotBelieved) {
  known.forget_all(7);
  EXPECT_EQ(known.store(5, attr, 6, true), 0s);
  known.store_empty(6, 6);
  EXPECT_EQ(known.names().find(6, "any", Clock::now()), std::nullopt);
  EXPECT_FALSE(known.is_watched(6));
  EXPECT_GT(known.store(5, attr, 7, true), 0s);
}

TEST_F(KnowledgeTest, EventsTakeAwayWhatTheyAreAbout) {
  known.nodes().found(5, root_node, "a", false);
  known.store_name(root_node, "a", 5, 1, true);
  known.store_name(root_node, "b", missing, 1, true);
  known.store(5, attr, 1, true);
  known.changed({root_node, {fs::What::entries}, {Name{"b"}}}, 2, 0);
  EXPECT_EQ(known.names().find(root_node, "b", Clock::now()), std::nullopt);
  EXPECT_EQ(known.names().find(root_node, "a", Clock::now()), 5u);
  known.changed({5, {fs::What::data}, {}}, 3, 0);
  EXPECT_FALSE(known.attributes(5, false));
  known.changed({5, {fs::What::gone}, {}}, 4, 0);
  EXPECT_EQ(known.names().find(root_node, "a", Clock::now()), std::nullopt);
  EXPECT_EQ(told.lines, (Lines{"name 1/b", "listing 1", "data 5", "attributes 5", "name 1/a"}));
}

TEST_F(KnowledgeTest, TooManyFilesLetTheKernelGoOfSomeThatNobodyHasOpen) {
  MetadataCache small{Lifetimes(MountOptions{}), told, 4};
  small.is_open = [](Node node) { return node == 5; };
  const fs::Attr directory{.mode = 040755};
  small.found(2, root_node, "d", directory);
  small.found(5, 2, "open", attr);
  small.found(6, 2, "f6", attr);
  EXPECT_EQ(told.lines, Lines{});
  for (Node node = 7; node < 12; ++node) small.found(node, 2, "f" + std::to_string(node), attr);
  ASSERT_FALSE(told.lines.empty());
  for (const std::string& line : told.lines) EXPECT_TRUE(line.starts_with("let go 2/f")) << line;
}

TEST_F(KnowledgeTest, EventWithoutNamesIsAboutAll) {
  known.store_name(root_node, "a", missing, 1, true);
  known.changed({root_node, {fs::What::entries}, {}}, 2, 0);
  EXPECT_EQ(known.names().find(root_node, "a", Clock::now()), std::nullopt);
  EXPECT_EQ(told.lines, (Lines{"all names", "listing 1"}));
}

TEST_F(KnowledgeTest, DirectoryThatIsNoLongerWatchedIsAskedAboutAgain) {
  known.watched(3, true);
  known.nodes().found(5, 3, "a", false);
  known.store(5, attr, 1, true);
  known.changed({3, {fs::What::unwatched}, {}}, 2, 0);
  EXPECT_FALSE(known.is_watched(3));
  EXPECT_FALSE(known.attributes(5, false));
}

TEST_F(KnowledgeTest, OldAttributesCountOnlyWithoutAConnection) {
  MountOptions options;
  options.attr_timeout = Seconds(0);
  MetadataCache brief{Lifetimes(options), told, 1000};
  brief.store(5, attr, 1, true);
  EXPECT_FALSE(brief.attributes(5, false));
  EXPECT_TRUE(brief.attributes(5, true));
}

TEST_F(KnowledgeTest, NodesOfEachEpochAreTheirOwnButTheRoot) {
  EXPECT_EQ(MetadataCache::local(fs::root_node, 3), root_node);
  const Node node = MetadataCache::local(77, 3);
  EXPECT_EQ(MetadataCache::epoch_of(node), 3u);
  EXPECT_EQ(MetadataCache::remote_of(node), 77u);
  EXPECT_EQ(MetadataCache::local(77, 0), 77u);
}

}  // namespace
}  // namespace dftp::mount
