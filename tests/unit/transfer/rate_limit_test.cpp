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

}  // namespace
}  // namespace dftp
