#include "client/tally.h"

#include <gtest/gtest.h>

namespace dftp::client {
namespace {

struct Watcher final : TransferObserver {
  void announced(const Item& item) override { log.push_back("announced " + text(item)); }
  void listed() override { log.emplace_back("listed"); }
  void moved(const Item& item, std::uint64_t bytes) override {
    log.push_back("moved " + text(item) + " " + std::to_string(bytes));
  }
  void settled(const Item& item, Outcome outcome, const std::optional<Error>&, const std::optional<Proof>&) override {
    const char* words[] = {"stored ", "skipped ", "special ", "failed "};
    log.push_back(words[static_cast<int>(outcome)] + text(item));
  }
  static std::string text(const Item& item) { return std::to_string(item.source) + item.path.absolute(); }

  std::vector<std::string> log;
};

class TallyTest : public testing::Test {
 protected:
  static Item item(std::uint32_t source, const char* path = "/", std::uint64_t size = 10) {
    return {1, source, RemotePath::parse(path).value(), Announcement::Kind::file, size};
  }
  void fail_item(const Item& which, Code code) { tally.settled(which, Outcome::failed, Error{code, {}, {}, {}}, {}); }
  void begin(std::vector<std::uint32_t> sources, bool hold_busy = true) {
    tally.begin_attempt(std::move(sources), hold_busy, [this] { ++widened; });
  }

  using Log = std::vector<std::string>;
  Watcher watcher;
  Tally tally{watcher};
  int widened = 0;
};

TEST_F(TallyTest, NumbersSourcesInTheWholeJob) {
  begin({7, 3});
  tally.announced(item(1));
  tally.moved(item(0), 5);
  EXPECT_EQ(watcher.log, (Log{"announced 3/", "moved 7/ 5"}));
}

TEST_F(TallyTest, ThingsAreAnnouncedAndSettledOnceForAllAttempts) {
  begin({0});
  tally.announced(item(0, "/a"));
  tally.settled(item(0, "/a"), Outcome::stored, {}, {});
  begin({0});
  tally.announced(item(0, "/a"));
  tally.announced(item(0, "/b"));
  tally.settled(item(0, "/a"), Outcome::skipped, {}, {});
  tally.settled(item(0, "/b"), Outcome::stored, {}, {});
  EXPECT_EQ(watcher.log, (Log{"announced 0/a", "stored 0/a", "announced 0/b", "stored 0/b"}));
  EXPECT_EQ(tally.totals().files, 2u);
  EXPECT_EQ(tally.totals().skipped, 0u);
  EXPECT_EQ(tally.totals().bytes, 20u);
}

TEST_F(TallyTest, WhatIsLeftOutCountsOnceAndIsNoFailure) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    begin({0});
    tally.settled(item(0, "/fifo"), Outcome::special, Error{Code::special_file, {}, {}, {}}, {});
  }
  EXPECT_EQ(watcher.log, Log{"special 0/fifo"});
  EXPECT_EQ(tally.totals().special, 1u);
  EXPECT_EQ(tally.totals().failed, 0u);
}

TEST_F(TallyTest, StoredEarlierIsNoFailureNow) {
  begin({0});
  tally.settled(item(0), Outcome::stored, {}, {});
  begin({0});
  fail_item(item(0), Code::exists);
  EXPECT_EQ(tally.totals().failed, 0u);
  EXPECT_EQ(watcher.log, Log{"stored 0/"});
}

TEST_F(TallyTest, FailureThatWentWellLaterDoesNotCount) {
  begin({0});
  fail_item(item(0, "/a"), Code::io);
  EXPECT_EQ(tally.totals().failed, 1u);
  begin({0});
  fail_item(item(0, "/a"), Code::io);
  EXPECT_EQ(tally.totals().failed, 1u);
  tally.settled(item(0, "/a"), Outcome::stored, {}, {});
  EXPECT_EQ(tally.totals().failed, 0u);
  EXPECT_EQ(watcher.log, (Log{"failed 0/a", "stored 0/a"}));
}

TEST_F(TallyTest, BusyIsHeldBackUntilItIsFinal) {
  begin({0, 1});
  fail_item(item(1), Code::busy);
  EXPECT_TRUE(watcher.log.empty());
  EXPECT_EQ(tally.held()->code, Code::busy);
  EXPECT_EQ(tally.held_sources(), std::vector<std::uint32_t>{1});
  tally.release_held();
  EXPECT_EQ(watcher.log, Log{"failed 1/"});
  EXPECT_EQ(tally.totals().failed, 1u);
  EXPECT_FALSE(tally.held());
}

TEST_F(TallyTest, BusyThatWentWellLaterIsNeverHeardOf) {
  begin({0, 1});
  fail_item(item(1), Code::busy);
  begin({1});
  tally.settled(item(0), Outcome::stored, {}, {});
  tally.release_held();
  EXPECT_EQ(watcher.log, Log{"stored 1/"});
}

TEST_F(TallyTest, BusyIsPassedOnWhenNoAttemptIsLeft) {
  begin({0}, false);
  fail_item(item(0), Code::busy);
  EXPECT_EQ(watcher.log, Log{"failed 0/"});
}

TEST_F(TallyTest, SettledFilesAreNotLeftButTreesAre) {
  begin({0, 1, 2});
  tally.settled(item(0), Outcome::stored, {}, {});
  tally.settled(item(1, "/inside"), Outcome::stored, {}, {});
  fail_item(item(2), Code::denied);
  EXPECT_EQ(tally.left_of({0, 1, 2}), std::vector<std::uint32_t>{1});
}

TEST_F(TallyTest, SourceIsAnsweredByWhatBecameOfItself) {
  begin({4, 5, 6, 7});
  tally.announced(item(0));
  tally.settled(item(1, "/inside"), Outcome::stored, {}, {});
  tally.settled(item(2), Outcome::skipped, {}, {});
  fail_item(item(3), Code::busy);
  EXPECT_FALSE(tally.answered(4));
  EXPECT_FALSE(tally.answered(5));
  EXPECT_TRUE(tally.answered(6));
  EXPECT_TRUE(tally.answered(7));
}

TEST_F(TallyTest, EndOfADirectoryIsNoAnswer) {
  begin({0});
  Item end = item(0);
  end.kind = Announcement::Kind::end;
  tally.settled(end, Outcome::failed, Error{Code::io, {}, {}, {}}, {});
  EXPECT_FALSE(tally.answered(0));
}

TEST_F(TallyTest, ListedIsPassedOnOnceBehindTheLastRequest) {
  tally.last_request(false);
  begin({0});
  tally.listed();
  EXPECT_TRUE(watcher.log.empty());
  tally.last_request(true);
  begin({1});
  tally.listed();
  begin({1});
  tally.listed();
  EXPECT_EQ(watcher.log, Log{"listed"});
}

TEST_F(TallyTest, ProgressIsSomethingSettledOrMuchMoved) {
  begin({0});
  EXPECT_FALSE(tally.progressed());
  tally.moved(item(0), 64 * 1024);
  EXPECT_FALSE(tally.progressed());
  tally.moved(item(0), 1024 * 1024);
  EXPECT_TRUE(tally.progressed());
  begin({0});
  EXPECT_FALSE(tally.progressed());
  tally.settled(item(0), Outcome::stored, {}, {});
  EXPECT_TRUE(tally.progressed());
  begin({0});
  tally.settled(item(0), Outcome::skipped, {}, {});
  EXPECT_FALSE(tally.progressed()) << "the same thing again";
}

TEST_F(TallyTest, LargeTransfersAreWorthMoreConnectionsOnce) {
  begin({0});
  tally.announced(item(0, "/small"));
  EXPECT_EQ(widened, 0);
  tally.announced(item(0, "/large", 100 * 1024 * 1024));
  tally.announced(item(0, "/larger", 100 * 1024 * 1024));
  EXPECT_EQ(widened, 1);
}

TEST_F(TallyTest, ManySmallThingsAreWorthMoreConnectionsToo) {
  begin({0});
  for (int i = 0; i < 1000; ++i) tally.announced(item(0, ("/" + std::to_string(i)).c_str()));
  EXPECT_EQ(widened, 1);
}

TEST_F(TallyTest, NobodyIsToldAfterDetaching) {
  begin({0});
  tally.detach();
  tally.settled(item(0), Outcome::stored, {}, {});
  tally.listed();
  EXPECT_TRUE(watcher.log.empty());
}

}  // namespace
}  // namespace dftp::client
