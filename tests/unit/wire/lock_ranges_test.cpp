#include "proto/wire/lock_ranges.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

using enum fs::LockType;
using Ranges = std::vector<LockRange>;

TEST(LockRanges, CutAndJoinAsTheyAreSet) {
  struct {
    const char* what;
    Ranges set, expected;
  } const rows[] = {
      {"one", {{0, 10, read}}, {{0, 10, read}}},
      {"apart", {{20, 30, read}, {0, 10, write}}, {{0, 10, write}, {20, 30, read}}},
      {"alike side by side", {{0, 10, read}, {10, 20, read}}, {{0, 20, read}}},
      {"unlike side by side", {{0, 10, read}, {10, 20, write}}, {{0, 10, read}, {10, 20, write}}},
      {"upgrade in the middle", {{0, 30, read}, {10, 20, write}}, {{0, 10, read}, {10, 20, write}, {20, 30, read}}},
      {"unlock in the middle", {{0, 30, write}, {10, 20, unlock}}, {{0, 10, write}, {20, 30, write}}},
      {"unlock over both", {{0, 10, read}, {20, 30, write}, {5, 25, unlock}}, {{0, 5, read}, {25, 30, write}}},
      {"unlock all", {{0, 10, read}, {20, 30, write}, {0, UINT64_MAX, unlock}}, {}},
      {"unlock nothing", {{5, 6, unlock}}, {}},
      {"the same again", {{0, 10, write}, {0, 10, write}}, {{0, 10, write}}},
      {"to the end", {{0, UINT64_MAX, write}, {5, UINT64_MAX, read}}, {{0, 5, write}, {5, UINT64_MAX, read}}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    LockRanges ranges;
    for (const LockRange& range : row.set) ranges.set(range);
    EXPECT_EQ(ranges.ranges(), row.expected);
  }
}

TEST(LockRanges, ExcludeEachOtherUnlessBothRead) {
  LockRanges ranges;
  ranges.set({10, 20, read});
  ranges.set({30, 40, write});
  EXPECT_EQ(ranges.in_the_way_of({0, 100, read}), (LockRange{30, 40, write}));
  EXPECT_EQ(ranges.in_the_way_of({0, 100, write}), (LockRange{10, 20, read}));
  EXPECT_EQ(ranges.in_the_way_of({10, 20, read}), std::nullopt);
  EXPECT_EQ(ranges.in_the_way_of({0, 10, write}), std::nullopt);
  EXPECT_EQ(ranges.in_the_way_of({20, 30, write}), std::nullopt);
  EXPECT_EQ(ranges.in_the_way_of({39, 40, read}), (LockRange{30, 40, write}));
}

TEST(LockRanges, AreReadAsTheKernelReadsThem) {
  EXPECT_EQ(lock_range(read, 5, 10), (LockRange{5, 15, read}));
  EXPECT_EQ(lock_range(read, 5, 0), (LockRange{5, UINT64_MAX, read}));
  EXPECT_EQ(lock_range(read, 5, limits::file_bytes), (LockRange{5, UINT64_MAX, read}));
  EXPECT_EQ(lock_range(read, limits::file_bytes, 1), (LockRange{limits::file_bytes, UINT64_MAX, read}));
  EXPECT_EQ(lock_range(read, limits::file_bytes + 1, 1), std::nullopt);
  EXPECT_EQ(lock_range(read, 0, UINT64_MAX), std::nullopt);
}

}  // namespace
}  // namespace dftp
