#include "client/cli/view/listing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "client/cli/line/display.h"
#include "client/cli/view/md5_line.h"

namespace dftp::cli {
namespace {

TEST(Columns, AreFilledDownwards) {
  EXPECT_EQ(in_columns({"a", "b", "c", "d", "e"}, 7), "a  d\nb  e\nc\n");
  EXPECT_EQ(in_columns({"a", "b", "c"}, 80), "a  b  c\n");
  EXPECT_EQ(in_columns({}, 80), "");
}

TEST(Columns, AlignNamesOfWideCharacters) {
  EXPECT_EQ(in_columns({"天线", "b", "cc", "d"}, 9), "天线  cc\nb     d\n");
}

TEST(Columns, NeverReachTheLastColumnUnlessOneNameDoes) {
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) names.push_back(std::string(static_cast<std::size_t>(i % 17 + 1), 'x') + "频");
  for (std::size_t width : {20, 40, 80, 200}) {
    std::istringstream text(in_columns(names, width));
    std::size_t seen = 0;
    for (std::string line; std::getline(text, line); ++seen) EXPECT_LT(display_width(line), width);
    EXPECT_GT(seen, 0u);
  }
  EXPECT_EQ(in_columns({"a name wider than this", "b"}, 10), "a name wider than this\nb\n");
}

TEST(Columns, AreNotShiftedByColours) {
  EXPECT_EQ(in_columns({"天线", "b", "cc", "d"}, 9, {"\x1b[1;34m", "", "", ""}),
            "\x1b[1;34m天线\x1b[0m  cc\nb     d\n");
}

TEST(SortEntries, ByNameTimeOrSizeAndTheOtherWayRound) {
  using Key = ListOrder::Key;
  std::vector<ListedEntry> entries = {
      {{"b", FileType::file, 3, 20}, ""}, {{"a", FileType::file, 1, 20}, ""}, {{"c", FileType::file, 2, 30}, ""}};
  const auto sorted = [&](const ListOrder& order) {
    sort_entries(entries, order);
    return entries[0].entry.name + entries[1].entry.name + entries[2].entry.name;
  };
  EXPECT_EQ(sorted({}), "abc");
  EXPECT_EQ(sorted({Key::name, true}), "cba");
  EXPECT_EQ(sorted({Key::time, false}), "cab");
  EXPECT_EQ(sorted({Key::size, false}), "bca");
  EXPECT_EQ(sorted({Key::size, true}), "acb");
}

TEST(LongLine, ShowsSizesForPeople) {
  const std::vector<ListedEntry> entries = {{{"a", FileType::file, 12'345, 0, 0644}, ""},
                                            {{"b", FileType::file, 7, 0, 0644}, ""}};
  const std::size_t width = size_width(entries, true);
  EXPECT_EQ(width, 7u);
  EXPECT_TRUE(long_line(entries[1], width, "b", "", true).starts_with("-rw-r--r--     7 B "));
}

TEST(LongLine, ShowsModeSizeTimeNameAndTarget) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const std::vector<ListedEntry> entries = {
      {{"a.txt", FileType::file, 5, 1'700'000'000'000'000'000, 0640}, ""},
      {{"link", FileType::symlink, 12345, 0, 0777}, "a.txt"},
  };
  const std::size_t width = size_width(entries);
  EXPECT_EQ(long_line(entries[0], width, "a.txt", ""), "-rw-r-----     5 2023-11-14 22:13 a.txt\n");
  EXPECT_EQ(long_line(entries[1], width, "link", "a.txt"), "lrwxrwxrwx 12345 1970-01-01 00:00 link -> a.txt\n");
  ::unsetenv("TZ");
  ::tzset();
}

TEST(EntryJson, CarriesNamesOfAnyBytes) {
  EXPECT_EQ(json::write(entry_json({{"天线\n", FileType::file, 18'446'744'073'709'551'615u, -1, 0644}, ""})),
            R"({"name":"天线\n","type":"file","size":18446744073709551615,"mtime":-1,"mode":420})");
  EXPECT_EQ(json::write(entry_json({{"\xff", FileType::symlink, 1, 2, 0777}, "t"})),
            R"({"name":{"b64":"/w=="},"type":"symlink","size":1,"mtime":2,"mode":511,"target":"t"})");
}

TEST(Md5Line, IsWhatMd5sumPrints) {
  EXPECT_EQ(md5_line("d41d8cd98f00b204e9800998ecf8427e", "a b"), "d41d8cd98f00b204e9800998ecf8427e  a b");
  EXPECT_EQ(md5_line("d41d8cd98f00b204e9800998ecf8427e", "a\nb\\c"), "\\d41d8cd98f00b204e9800998ecf8427e  a\\nb\\\\c");
}

}  // namespace
}  // namespace dftp::cli
