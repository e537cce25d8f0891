#include "client/connection_scaler.h"

#include <gtest/gtest.h>

namespace dftp::client {
namespace {

struct Path {
  std::uint64_t a_connection, line;  // bytes in an interval at most
  std::uint64_t lost_segments = 0;
};

// So many connections it comes to after so many intervals.
std::size_t outcome(const Path& path, std::size_t begin, std::size_t max, int intervals) {
  ConnectionScaler scaler(begin, max);
  std::size_t connections = begin;
  std::uint64_t bytes = 0;
  for (int i = 0; i < intervals; ++i) {
    bytes += std::min(connections * path.a_connection, path.line);
    connections = scaler.step(bytes, path.lost_segments);
  }
  return connections;
}

TEST(WideningTest, FullLineGetsOneMoreTryAndNoMore) {
  EXPECT_EQ(outcome({30'000, 100'000}, 4, 16, 100), 6u);
}

TEST(WideningTest, GrowsForAsLongAsItHelps) {
  EXPECT_EQ(outcome({30'000, 1'000'000}, 4, 16, 100), 16u);
  EXPECT_EQ(outcome({30'000, 200'000}, 4, 16, 100), 9u);
}

TEST(WideningTest, NeverMoreThanThereAreTicketsFor) {
  EXPECT_EQ(outcome({30'000, 1'000'000}, 4, 5, 100), 5u);
  EXPECT_EQ(outcome({30'000, 1'000'000, 1}, 4, 5, 1), 5u);
}

TEST(WideningTest, LossIsMetAtOnce) {
  EXPECT_EQ(outcome({30'000, 100'000, 1}, 4, 16, 1), 8u);
  EXPECT_EQ(outcome({30'000, 100'000, 0}, 4, 16, 1), 4u);
}

TEST(WideningTest, WithLossItStaysAtThat) {
  EXPECT_EQ(outcome({30'000, 1'000'000, 1}, 4, 16, 100), 8u);
  EXPECT_EQ(outcome({30'000, 1'000'000, 1}, 9, 16, 100), 9u);
}

TEST(WideningTest, NothingIsTriedWhileTheRateStillGrows) {
  ConnectionScaler scaler(4, 16);
  std::uint64_t bytes = 0;
  for (int i = 1; i < 40; ++i) EXPECT_EQ(scaler.step(bytes += 1000 << (i / 4), 0), 4u);
}

}  // namespace
}  // namespace dftp::client
