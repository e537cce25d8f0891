#include "fuse/read_ahead.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

constexpr std::uint64_t kib = 1024, mib = 1024 * kib, plenty = 1024 * mib;

TEST(ReadAhead, WindowDoublesFromTheBeginningOfAFileUpToItsLimit) {
  ReadAhead reader;
  std::uint64_t expected = ReadAhead::first_window;
  for (std::uint64_t offset = 0; offset < 12 * mib; offset += mib) {
    EXPECT_EQ(reader.window(offset, mib, plenty), expected);
    expected = std::min(expected * 2, ReadAhead::max);
  }
}

TEST(ReadAhead, RandomReadsGetNothing) {
  ReadAhead reader;
  for (const std::uint64_t at : {500, 90, 700, 30, 900, 200}) {
    EXPECT_EQ(reader.window(at * mib, 4 * kib, plenty), 0u);
  }
}

TEST(ReadAhead, ReaderInTheMiddleIsAStreamFromItsSecondReadOn) {
  ReadAhead reader;
  EXPECT_EQ(reader.window(100 * mib, mib, plenty), 0u);
  EXPECT_EQ(reader.window(101 * mib, mib, plenty), ReadAhead::first_window);
}

TEST(ReadAhead, PiecesThatOvertakeEachOtherAreOneStream) {
  ReadAhead reader;
  reader.window(0, mib, plenty);
  EXPECT_GT(reader.window(2 * mib, mib, plenty), 0u);
  EXPECT_GT(reader.window(1 * mib, mib, plenty), 0u);
  EXPECT_GT(reader.window(3 * mib, mib, plenty), 0u);
}

TEST(ReadAhead, ThreeStreamsAreKeptApart) {
  ReadAhead reader;
  std::uint64_t window = 0;
  for (std::uint64_t step = 0; step < 4; ++step) {
    for (const std::uint64_t begin : {100, 200, 300}) window = reader.window(begin * mib + step * mib, mib, plenty);
  }
  EXPECT_EQ(window, ReadAhead::first_window * 4);
}

TEST(ReadAhead, RandomReadsHalveTheWindows) {
  ReadAhead reader;
  std::uint64_t window = 0;
  for (std::uint64_t offset = 0; offset < 4 * mib; offset += mib) window = reader.window(offset, mib, plenty);
  reader.window(500 * mib, kib, plenty);
  reader.window(700 * mib, kib, plenty);
  EXPECT_EQ(reader.window(4 * mib, mib, plenty), window / 2);
}

TEST(ReadAhead, BudgetIsNotExceeded) {
  ReadAhead reader;
  for (std::uint64_t offset = 0; offset < 12 * mib; offset += mib) {
    EXPECT_LE(reader.window(offset, mib, 3 * mib), 3 * mib);
  }
  EXPECT_EQ(reader.window(12 * mib, mib, 0), 0u);
}

}  // namespace
}  // namespace dftp::mount
