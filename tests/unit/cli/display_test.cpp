#include "client/cli/line/display.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace dftp::cli {
namespace {

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("射频仿真.pptx"), 13u);
  EXPECT_EQ(rows_before_end("", 4), 0u);
  EXPECT_EQ(rows_before_end("abc", 4), 0u);
  EXPECT_EQ(rows_before_end("abcd", 4), 1u);
  EXPECT_EQ(rows_before_end("天线天", 4), 1u);
  EXPECT_EQ(rows_before_end("a天线天线天", 4), 3u);
  EXPECT_EQ(display_width("e\u0301te\u0301"), 3u);
  EXPECT_EQ(display_width("한글"), 4u);
  EXPECT_EQ(display_width("ＡＢ"), 4u);
  EXPECT_EQ(display_width("…"), 1u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u);
}

TEST(Shortened, KeepsWhatFits) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("天线15.doc", 10), "天线15.doc");
}

TEST(Shortened, CutsInTheMiddle) {
  EXPECT_EQ(shortened("abcdefgh.txt", 7), "abc…txt");
  EXPECT_EQ(shortened("abcdef", 1), "…");
  EXPECT_EQ(shortened("abcdef", 0), "");
}

TEST(Shortened, NeverIsWiderAndNeverSplitsACharacter) {
  const std::string name = "射频仿真e\u0301-天线15.doc";
  for (std::size_t width = 0; width <= 25; ++width) {
    const std::string text = shortened(name, width);
    EXPECT_LE(display_width(text), width);
    EXPECT_GE(display_width(text) + 2, std::min(width, display_width(name)));
  }
}

TEST(Padding, FillsUpColumnsNotBytes) {
  EXPECT_EQ(left("天线", 6), "天线  ");
  EXPECT_EQ(right("天线", 6), "  天线");
  EXPECT_EQ(left("abcdef", 3), "abcdef");
}

TEST(HumanSize, TakesAtMostSevenColumns) {
  const std::pair<std::uint64_t, std::string_view> cases[] = {
      {0, "0 B"},
      {999, "999 B"},
      {1000, "1.0 kB"},
      {1234, "1.2 kB"},
      {99'949, "99.9 kB"},
      {99'960, "100 kB"},
      {999'499, "999 kB"},
      {999'500, "1.0 MB"},
      {4'294'967'296, "4.3 GB"},
      {18'446'744'073'709'551'615u, "18.4 EB"},
  };
  for (const auto& [bytes, text] : cases) EXPECT_EQ(human_size(bytes), text);
}

TEST(HumanTime, HasHoursWhenItNeedsThem) {
  EXPECT_EQ(human_time(0.4), "0:00");
  EXPECT_EQ(human_time(7), "0:07");
  EXPECT_EQ(human_time(754), "12:34");
  EXPECT_EQ(human_time(3600 * 5 + 6 * 60 + 7), "5:06:07");
  EXPECT_EQ(human_time(-3), "0:00");
}

TEST(DurationText, HasFractionsWhileTheyCount) {
  EXPECT_EQ(duration_text(0.123), "0.12 s");
  EXPECT_EQ(duration_text(10), "0:10");
  EXPECT_EQ(duration_text(-1), "0.00 s");
}

TEST(Percent, IsHundredOnlyForAll) {
  EXPECT_EQ(percent(0, 0), 100);
  EXPECT_EQ(percent(0, 5), 0);
  EXPECT_EQ(percent(43, 100), 43);
  EXPECT_EQ(percent(9'223'372'036'854'775'806u, 9'223'372'036'854'775'807u), 99);
  EXPECT_EQ(percent(5, 5), 100);
}

TEST(ModeText, ShowsTypeAndBits) {
  EXPECT_EQ(mode_text('-', 0644), "-rw-r--r--");
  EXPECT_EQ(mode_text('d', 0755), "drwxr-xr-x");
  EXPECT_EQ(mode_text('d', 01777), "drwxrwxrwt");
  EXPECT_EQ(mode_text('-', 04755), "-rwsr-xr-x");
  EXPECT_EQ(mode_text('-', 02640), "-rw-r-S---");
  EXPECT_EQ(mode_text('l', 0), "l---------");
}

class LocalTime : public testing::Test {
 protected:
  void SetUp() override { use("UTC"); }
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static void use(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
};

TEST_F(LocalTime, IsShownInTheZoneOfTheProcess) {
  EXPECT_EQ(time_text(1'700'000'000'000'000'000), "2023-11-14 22:13");
  use("CET-1");
  EXPECT_EQ(exact_time_text(1'700'000'000'000'000'001), "2023-11-14 23:13:20.000000001 +0100");
}

TEST_F(LocalTime, BeforeTheEpochRoundsDown) {
  EXPECT_EQ(exact_time_text(-1), "1969-12-31 23:59:59.999999999 +0000");
  EXPECT_EQ(exact_time_text(-1'000'000'000), "1969-12-31 23:59:59.000000000 +0000");
}

}  // namespace
}  // namespace dftp::cli
