#include "server/mount/replays.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using State = Replays::State;

State state_of(Replays& replays, std::uint64_t seq, std::uint64_t acked = 0) {
  return replays.begin(seq, acked).value().state;
}
Code refused(Replays& replays, std::uint64_t seq, std::uint64_t acked = 0) {
  const auto begun = replays.begin(seq, acked);
  EXPECT_FALSE(begun) << seq << " " << acked;
  return begun ? Code::io : begun.error().code;
}

TEST(Replays, GivesTheSameReplyAsOftenAsItIsAskedFor) {
  Replays replays;
  EXPECT_EQ(state_of(replays, 1), State::fresh);
  EXPECT_EQ(state_of(replays, 1), State::running);
  replays.finish(1, "reply");
  for (int i = 0; i < 3; ++i) {
    const auto begun = replays.begin(1, 0);
    EXPECT_EQ(begun->state, State::done);
    EXPECT_EQ(begun->reply, "reply");
  }
}

TEST(Replays, TakesRequestsInAnyOrder) {
  Replays replays;
  for (const std::uint64_t seq : {5, 2, 9}) EXPECT_EQ(state_of(replays, seq), State::fresh);
  replays.finish(9, "nine");
  EXPECT_EQ(replays.begin(9, 1)->reply, "nine");
  EXPECT_EQ(state_of(replays, 2), State::running);
}

TEST(Replays, ForgetsWhatIsAcknowledgedAndNothingElse) {
  Replays replays;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    EXPECT_EQ(state_of(replays, seq), State::fresh);
    replays.finish(seq, "reply");
  }
  EXPECT_EQ(state_of(replays, 5, 3), State::fresh);
  EXPECT_EQ(replays.size(), 2u);
  EXPECT_EQ(state_of(replays, 4, 3), State::done);
  EXPECT_EQ(refused(replays, 3, 2), Code::invalid_request);
}

TEST(Replays, RefusesASeqThatCannotBe) {
  Replays replays;
  EXPECT_EQ(refused(replays, 0), Code::invalid_request);
  EXPECT_EQ(refused(replays, 5, 5), Code::invalid_request);
  EXPECT_EQ(refused(replays, 5, UINT64_MAX), Code::invalid_request);
  EXPECT_EQ(state_of(replays, UINT64_MAX, 0), State::fresh);
}

TEST(Replays, DropsAReplyThatWasAcknowledgedBeforeItWasThere) {
  Replays replays;
  EXPECT_EQ(state_of(replays, 1), State::fresh);
  EXPECT_EQ(state_of(replays, 2, 1), State::fresh);
  replays.finish(1, "late");
  EXPECT_EQ(replays.size(), 1u);
}

TEST(Replays, KeepsAReplyForRequestsOfItsKind) {
  Replays replays;
  EXPECT_EQ(replays.begin(1, 0, "fs.open")->state, State::fresh);
  for (const bool done : {false, true}) {
    if (done) replays.finish(1, "reply");
    const auto other = replays.begin(1, 0, "append 1 1");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::invalid_request);
    EXPECT_EQ(replays.begin(1, 0, "fs.open")->state, done ? State::done : State::running);
  }
}

TEST(Replays, ForgetsWhatIsAcknowledgedByItself) {
  Replays replays;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    EXPECT_EQ(state_of(replays, seq), State::fresh);
    replays.finish(seq, "reply");
  }
  replays.acknowledge(3);
  EXPECT_EQ(replays.size(), 1u);
  replays.acknowledge(1);
  EXPECT_EQ(refused(replays, 2), Code::invalid_request);
  EXPECT_EQ(state_of(replays, 4), State::done);
}

TEST(Replays, DropsWhatWasNotCarriedOutAndNothingElse) {
  Replays replays;
  EXPECT_EQ(replays.begin(1, 0, "fs.open")->state, State::fresh);
  replays.drop(1);
  EXPECT_EQ(replays.begin(1, 0, "fs.create")->state, State::fresh);
  replays.finish(1, "reply");
  replays.drop(1);
  replays.finish(1, "another");
  EXPECT_EQ(replays.begin(1, 0, "fs.create")->reply, "reply");
}

TEST(Replays, BoundsWhatNobodyAcknowledges) {
  Replays many, large;
  for (std::uint64_t seq = 1; seq <= limits::mount_kept_replies; ++seq) ASSERT_EQ(state_of(many, seq), State::fresh);
  EXPECT_EQ(refused(many, limits::mount_kept_replies + 1), Code::too_many);
  EXPECT_EQ(state_of(many, limits::mount_kept_replies + 1, 1), State::fresh);
  std::uint64_t seq = 1;
  for (; large.begin(seq, 0) && seq < limits::mount_kept_replies; ++seq) large.finish(seq, std::string(100'000, 'x'));
  EXPECT_LT(seq * 100'000, 16u << 20);
}

}  // namespace
}  // namespace dftp::server
