#include "server/mount/events.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using enum fs::What;

fs::Change change(std::uint64_t node, std::vector<fs::What> what, std::vector<Name> names = {}) {
  return {node, std::move(what), std::move(names)};
}

class EventsTest : public testing::Test {
 protected:
  std::uint64_t listen(std::uint64_t seen = 0) {
    const auto listening = events_.listen([this] { ++woken_; }, seen);
    whole_ = listening.whole;
    return listening.listener;
  }

  Events events_;
  int woken_ = 0;
  bool whole_ = false;
};

TEST_F(EventsTest, AreTakenInOrderAndOnce) {
  const auto me = listen();
  EXPECT_FALSE(events_.take(me));
  events_.add(change(5, {attr}));
  events_.add(change(6, {data}));
  EXPECT_EQ(events_.last(), 2u);
  const auto event = events_.take(me);
  ASSERT_EQ(event->changes.size(), 2u);
  EXPECT_EQ(event->number, 2u);
  EXPECT_EQ(event->changes[0].node, 5u);
  EXPECT_FALSE(event->missed);
  EXPECT_FALSE(events_.take(me));
}

TEST_F(EventsTest, WakeTheListenerWhenThereWasNothingBefore) {
  const auto me = listen();
  events_.add(change(5, {attr}));
  events_.add(change(6, {attr}));
  EXPECT_EQ(woken_, 1);
  (void)events_.take(me);
  events_.add(change(5, {attr}));
  EXPECT_EQ(woken_, 2);
}

TEST_F(EventsTest, OfOneNodeAreJoinedUntilTheyAreTaken) {
  const auto me = listen();
  for (int i = 0; i < 100'000; ++i) events_.add(change(5, {data}));
  events_.add(change(6, {attr, entries}, {{"a"}}));
  events_.add(change(6, {entries}, {{"b"}}));
  events_.add(change(6, {entries}, {{"a"}}));
  const auto event = events_.take(me);
  ASSERT_EQ(event->changes.size(), 2u);
  EXPECT_EQ(event->number, 100'003u);
  EXPECT_EQ(event->changes[1].what, (std::vector{attr, entries}));
  EXPECT_EQ(event->changes[1].names, (std::vector<Name>{{"a"}, {"b"}}));
}

TEST_F(EventsTest, MeanAnyNameWhenOneOfThemDoesOrThereAreTooMany) {
  const auto me = listen();
  events_.add(change(5, {entries}, {{"a"}}));
  events_.add(change(5, {entries}));
  events_.add(change(5, {entries}, {{"b"}}));
  for (std::size_t i = 0; i <= limits::mount_event_names; ++i) events_.add(change(6, {entries}, {{std::to_string(i)}}));
  const auto event = events_.take(me);
  EXPECT_TRUE(event->changes[0].names.empty());
  EXPECT_TRUE(event->changes[1].names.empty());
}

TEST_F(EventsTest, KeepTheirNamesWhenSomethingElseIsJoined) {
  const auto me = listen();
  events_.add(change(5, {attr}));
  events_.add(change(5, {entries}, {{"a"}}));
  events_.add(change(5, {attr}));
  EXPECT_EQ(events_.take(me)->changes[0].names, std::vector<Name>{{"a"}});
}

TEST_F(EventsTest, ComeAgainForAListenerThatHasNotSeenThem) {
  const auto first = listen();
  for (std::uint64_t node = 1; node <= 3; ++node) {
    events_.add(change(node, {attr}));
    (void)events_.take(first);
  }
  const auto second = listen(1);
  EXPECT_TRUE(whole_);
  EXPECT_FALSE(events_.take(first));
  const auto again = events_.take(second);
  ASSERT_EQ(again->changes.size(), 2u);
  EXPECT_EQ(again->changes[0].node, 2u);
  EXPECT_EQ(again->number, 3u);
  (void)listen(3);
  EXPECT_TRUE(whole_);
}

TEST_F(EventsTest, SayWhenTooMuchHappenedToTell) {
  const auto me = listen();
  for (std::uint64_t node = 1; node <= limits::mount_kept_events + 1; ++node) events_.add(change(node, {attr}));
  events_.add(change(7, {attr}));
  const auto event = events_.take(me);
  EXPECT_TRUE(event->missed);
  EXPECT_EQ(event->changes.size(), 1u);
  EXPECT_EQ(event->number, events_.last());
  EXPECT_FALSE(events_.take(me));
}

TEST_F(EventsTest, SayToALateListenerWhenWhatItMissesIsGone) {
  const auto first = listen();
  for (std::uint64_t i = 1; i <= limits::mount_kept_events + 10; ++i) {
    events_.add(change(i, {attr}));
    (void)events_.take(first);
  }
  (void)listen(events_.last() - 5);
  EXPECT_TRUE(whole_);
  (void)listen(1);
  EXPECT_FALSE(whole_);
  events_.add_missed();
  (void)listen(events_.last() - 1);
  EXPECT_FALSE(whole_);
  (void)listen(events_.last() + 1);
  EXPECT_FALSE(whole_);
}

TEST_F(EventsTest, OfManyDirectoriesFewNamesAreKept) {
  const auto me = listen();
  constexpr std::uint64_t directories = 2000, names = 100;
  for (std::uint64_t i = 0; i < directories * names; ++i)
    events_.add(change(1 + i % directories, {entries}, {{std::to_string(i)}}));
  std::size_t told = 0, any = 0;
  while (const auto event = events_.take(me)) {
    for (const fs::Change& one : event->changes) {
      told += one.names.size();
      any += one.names.empty();
    }
  }
  EXPECT_LE(told, 256 * limits::mount_event_names + directories * 4);
  EXPECT_GE(any, directories - 256);
}

}  // namespace
}  // namespace dftp::server
