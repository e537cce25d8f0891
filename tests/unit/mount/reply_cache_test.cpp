#include "server/mount/reply_cache.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using State = ReplyCache::State;

State state_of(ReplyCache& reply_cache, std::uint64_t seq, std::uint64_t acked = 0) {
  return reply_cache.begin(seq, acked).value().state;
}
Code refused(ReplyCache& reply_cache, std::uint64_t seq, std::uint64_t acked = 0) {
  const auto begun = reply_cache.begin(seq, acked);
  EXPECT_FALSE(begun) << seq << " " << acked;
  return begun ? Code::io : begun.error().code;
}

TEST(ReplyCache, GivesTheSameReplyAsOftenAsItIsAskedFor) {
  ReplyCache reply_cache;
  EXPECT_EQ(state_of(reply_cache, 1), State::fresh);
  EXPECT_EQ(state_of(reply_cache, 1), State::running);
  reply_cache.finish(1, "reply");
  for (int i = 0; i < 3; ++i) {
    const auto begun = reply_cache.begin(1, 0);
    EXPECT_EQ(begun->state, State::done);
    EXPECT_EQ(begun->reply, "reply");
  }
}

TEST(ReplyCache, TakesRequestsInAnyOrder) {
  ReplyCache reply_cache;
  for (const std::uint64_t seq : {5, 2, 9}) EXPECT_EQ(state_of(reply_cache, seq), State::fresh);
  reply_cache.finish(9, "nine");
  EXPECT_EQ(reply_cache.begin(9, 1)->reply, "nine");
  EXPECT_EQ(state_of(reply_cache, 2), State::running);
}

TEST(ReplyCache, ForgetsWhatIsAcknowledgedAndNothingElse) {
  ReplyCache reply_cache;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    EXPECT_EQ(state_of(reply_cache, seq), State::fresh);
    reply_cache.finish(seq, "reply");
  }
  EXPECT_EQ(state_of(reply_cache, 5, 3), State::fresh);
  EXPECT_EQ(reply_cache.size(), 2u);
  EXPECT_EQ(state_of(reply_cache, 4, 3), State::done);
  EXPECT_EQ(refused(reply_cache, 3, 2), Code::invalid_request);
}

TEST(ReplyCache, RefusesASeqThatCannotBe) {
  ReplyCache reply_cache;
  EXPECT_EQ(refused(reply_cache, 0), Code::invalid_request);
  EXPECT_EQ(refused(reply_cache, 5, 5), Code::invalid_request);
  EXPECT_EQ(refused(reply_cache, 5, UINT64_MAX), Code::invalid_request);
  EXPECT_EQ(state_of(reply_cache, UINT64_MAX, 0), State::fresh);
}

TEST(ReplyCache, DropsAReplyThatWasAcknowledgedBeforeItWasThere) {
  ReplyCache reply_cache;
  EXPECT_EQ(state_of(reply_cache, 1), State::fresh);
  EXPECT_EQ(state_of(reply_cache, 2, 1), State::fresh);
  reply_cache.finish(1, "late");
  EXPECT_EQ(reply_cache.size(), 1u);
}

TEST(ReplyCache, KeepsAReplyForRequestsOfItsKind) {
  ReplyCache reply_cache;
  EXPECT_EQ(reply_cache.begin(1, 0, "fs.open")->state, State::fresh);
  for (const bool done : {false, true}) {
    if (done) reply_cache.finish(1, "reply");
    const auto other = reply_cache.begin(1, 0, "append 1 1");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::invalid_request);
    EXPECT_EQ(reply_cache.begin(1, 0, "fs.open")->state, done ? State::done : State::running);
  }
}

TEST(ReplyCache, ForgetsWhatIsAcknowledgedByItself) {
  ReplyCache reply_cache;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    EXPECT_EQ(state_of(reply_cache, seq), State::fresh);
    reply_cache.finish(seq, "reply");
  }
  reply_cache.acknowledge(3);
  EXPECT_EQ(reply_cache.size(), 1u);
  reply_cache.acknowledge(1);
  EXPECT_EQ(refused(reply_cache, 2), Code::invalid_request);
  EXPECT_EQ(state_of(reply_cache, 4), State::done);
}

TEST(ReplyCache, DropsWhatWasNotCarriedOutAndNothingElse) {
  ReplyCache reply_cache;
  EXPECT_EQ(reply_cache.begin(1, 0, "fs.open")->state, State::fresh);
  reply_cache.drop(1);
  EXPECT_EQ(reply_cache.begin(1, 0, "fs.create")->state, State::fresh);
  reply_cache.finish(1, "reply");
  reply_cache.drop(1);
  reply_cache.finish(1, "another");
  EXPECT_EQ(reply_cache.begin(1, 0, "fs.create")->reply, "reply");
}

TEST(ReplyCache, BoundsWhatNobodyAcknowledges) {
  ReplyCache many, large;
  for (std::uint64_t seq = 1; seq <= limits::mount_kept_replies; ++seq) ASSERT_EQ(state_of(many, seq), State::fresh);
  EXPECT_EQ(refused(many, limits::mount_kept_replies + 1), Code::too_many);
  EXPECT_EQ(state_of(many, limits::mount_kept_replies + 1, 1), State::fresh);
  std::uint64_t seq = 1;
  for (; large.begin(seq, 0) && seq < limits::mount_kept_replies; ++seq) large.finish(seq, std::string(100'000, 'x'));
  EXPECT_LT(seq * 100'000, 16u << 20);
}

}  // namespace
}  // namespace dftp::server
