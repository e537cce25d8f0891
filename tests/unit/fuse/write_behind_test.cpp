#include "fuse/write_behind.h"

#include <gtest/gtest.h>

#include <random>

namespace dftp::mount {
namespace {

client::SharedBuffer text(std::string_view bytes) {
  auto buffer = std::make_shared<client::Buffer>(bytes.size());
  buffer->append(as_bytes(bytes));
  return buffer;
}

std::string text_of(const std::optional<WriteBehind::Sending>& sending) {
  return sending ? std::to_string(sending->extent.offset) + ":" + std::string(as_text(sending->extent.data->bytes()))
                 : "nothing";
}

struct Row {
  const char* name;
  std::vector<std::pair<std::uint64_t, std::string>> writes;
  std::vector<std::string> sent;  // in the order of take(true)
};

class Extents : public testing::TestWithParam<Row> {};

TEST_P(Extents, AreSentAs) {
  WriteBehind dirty(8);
  std::uint64_t bytes = 0;
  for (const auto& [offset, data] : GetParam().writes) dirty.add(1, offset, text(data));
  for (const std::string& expected : GetParam().sent) {
    const auto sending = dirty.take(true);
    EXPECT_EQ(text_of(sending), expected);
    if (sending) bytes += sending->extent.data->size();
  }
  EXPECT_FALSE(dirty.take(true));
  EXPECT_EQ(dirty.bytes(), bytes);
}

INSTANTIATE_TEST_SUITE_P(
    WriteBehind, Extents,
    testing::Values(Row{"nothing", {{0, ""}}, {}},
                    Row{"neighbours_join", {{0, "ab"}, {2, "cd"}, {4, "ef"}}, {"0:abcdef"}},
                    Row{"up_to_a_piece", {{0, "abcdef"}, {6, "ghi"}}, {"0:abcdef", "6:ghi"}},
                    Row{"gaps_stay", {{10, "x"}, {0, "a"}}, {"0:a", "10:x"}},
                    Row{"inside_is_overwritten", {{0, "abcdef"}, {2, "XY"}}, {"0:abXYef"}},
                    Row{"the_head_gives_way", {{2, "abcd"}, {0, "XYZ"}}, {"0:XYZ", "3:bcd"}},
                    Row{"the_tail_gives_way", {{0, "abcd"}, {3, "XYZ"}}, {"0:abcXYZ"}},
                    Row{"all_gives_way", {{1, "a"}, {3, "b"}, {0, "VWXYZ"}}, {"0:VWXYZ"}},
                    Row{"split", {{0, "abcdefgh"}, {9, "i"}, {4, "123456"}}, {"0:abcd", "4:123456"}}),
    [](const auto& info) { return info.param.name; });

TEST(WriteBehind, OnlyWholePiecesAreSentUntilAllIsAskedFor) {
  WriteBehind dirty(4);
  dirty.add(1, 0, text("ab"));
  EXPECT_FALSE(dirty.take(false));
  dirty.add(1, 2, text("cd"));
  EXPECT_EQ(text_of(dirty.take(false)), "0:abcd");
}

TEST(WriteBehind, WhatOverlapsSomethingOnItsWayWaits) {
  WriteBehind dirty(8);
  dirty.add(1, 0, text("abcd"));
  const auto first = dirty.take(true);
  dirty.add(1, 2, text("XY"));
  dirty.add(1, 6, text("z"));
  EXPECT_EQ(text_of(dirty.take(true)), "6:z");
  EXPECT_FALSE(dirty.take(true));
  dirty.finished(first->number);
  EXPECT_EQ(text_of(dirty.take(true)), "2:XY");
}

TEST(WriteBehind, WhatIsOnItsWayIsNotChanged) {
  WriteBehind dirty(8);
  dirty.add(1, 0, text("abcd"));
  const auto first = dirty.take(true);
  dirty.add(1, 0, text("WXYZ"));
  EXPECT_EQ(text_of(first), "0:abcd");
}

TEST(WriteBehind, HandlesAreNotJoinedAndTheLaterOneWins) {
  WriteBehind dirty(8);
  dirty.add(1, 0, text("ab"));
  dirty.add(2, 2, text("cd"));
  dirty.add(2, 1, text("X"));
  EXPECT_TRUE(dirty.has(1));
  EXPECT_EQ(text_of(dirty.take(true)), "0:a");
  EXPECT_EQ(text_of(dirty.take(true)), "1:X");
  EXPECT_EQ(text_of(dirty.take(true)), "2:cd");
  EXPECT_TRUE(dirty.has(2));
  EXPECT_FALSE(dirty.has(3));
}

TEST(WriteBehind, KnowsWhatItHolds) {
  WriteBehind dirty(4);
  dirty.add(1, 10, text("abcd"));
  dirty.add(1, 20, text("e"));
  dirty.take(false);
  EXPECT_TRUE(dirty.overlaps(13, 14));
  EXPECT_FALSE(dirty.overlaps(14, 20));
  EXPECT_TRUE(dirty.overlaps(0, 100));
  EXPECT_EQ(dirty.end(), 21u);
  EXPECT_EQ(dirty.bytes(), 5u);
  EXPECT_FALSE(dirty.empty());
}

// Whatever is written, in whatever order it is sent: the file holds what was written last.
TEST(WriteBehind, RandomWritesArriveAsWritten) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    WriteBehind dirty(16);
    std::string expected(100, '.'), file = expected;
    std::vector<WriteBehind::Sending> on_the_way;
    const auto deliver = [&](std::size_t which) {
      const auto sent = on_the_way[which];
      on_the_way.erase(on_the_way.begin() + static_cast<std::ptrdiff_t>(which));
      file.replace(sent.extent.offset, sent.extent.data->size(), as_text(sent.extent.data->bytes()));
      dirty.finished(sent.number);
    };
    for (int i = 0; i < 60; ++i) {
      const std::size_t size = 1 + random() % 20, offset = random() % (100 - size);
      const std::string bytes(size, static_cast<char>('a' + i % 26));
      dirty.add(random() % 2, offset, text(bytes));
      expected.replace(offset, size, bytes);
      if (auto sending = dirty.take(random() % 2 == 0)) on_the_way.push_back(*sending);
      if (!on_the_way.empty() && random() % 2 == 0) deliver(random() % on_the_way.size());
    }
    while (!dirty.empty()) {
      if (auto sending = dirty.take(true)) on_the_way.push_back(*sending);
      deliver(random() % on_the_way.size());
    }
    EXPECT_EQ(file, expected);
    EXPECT_EQ(dirty.bytes(), 0u);
  }
}

}  // namespace
}  // namespace dftp::mount
