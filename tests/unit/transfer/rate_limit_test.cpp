#include "proto/transfer/rate_limit.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

using namespace std::chrono_literals;

double seconds(RateLimit::Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

TEST(RateLimit, SpreadsWhatIsBookedOverTime) {
  RateLimit limit(1000);
  const auto begin = RateLimit::Clock::now();
  const auto first = limit.book(500, begin);
  EXPECT_LE(first, begin);
  EXPECT_NEAR(seconds(limit.book(500, begin) - first), 0.5, 0.001);
  EXPECT_NEAR(seconds(limit.book(1, begin) - first), 1.0, 0.001);
}

TEST(RateLimit, TimeThatNobodyUsedIsGoneButForALittle) {
  RateLimit limit(1000);
  const auto begin = RateLimit::Clock::now();
  limit.book(1, begin);
  const auto later = begin + 60s;
  limit.book(1000, later);
  EXPECT_GT(seconds(limit.book(1, later) - later), 0.9);
}

TEST(RateLimit, PiecesAreSmallWhereItIsSlow) {
  EXPECT_EQ(RateLimit(1024).piece(), 1024u);
  EXPECT_EQ(RateLimit(1 << 20).piece(), (1u << 20) / 20);
  EXPECT_EQ(RateLimit(1ull << 40).piece(), 256u * 1024);
}

TEST(RateLimit, ANewRateHoldsFromTheNextPieceOn) {
  RateLimit limit(1000);
  const auto now = RateLimit::Clock::now();
  limit.book(1000, now);
  limit.change(0);
  EXPECT_EQ(limit.book(1 << 20, now), now) << "nothing is held back";
  limit.change(4000);
  const auto first = limit.book(4000, now + std::chrono::seconds(60));
  const auto next = limit.book(1, now + std::chrono::seconds(60));
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(next - first), std::chrono::milliseconds(1000));
}

}  // namespace
}  // namespace dftp
