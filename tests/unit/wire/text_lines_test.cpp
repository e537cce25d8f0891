#include "proto/wire/text_lines.h"

#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

using namespace std::string_literals;
using Lines = std::vector<std::string>;

void refused_at(std::string_view bytes, const std::string& where) {
  const auto lines = text_lines(bytes, "f");
  ASSERT_TRUE(fails_with(lines, Code::usage));
  EXPECT_EQ(lines.error().where, where);
}

TEST(TextLines, EndsOfLines) {
  EXPECT_EQ(text_lines("", "f"), Lines());
  EXPECT_EQ(text_lines("\n", "f"), Lines{""});
  EXPECT_EQ(text_lines("a\nb", "f"), (Lines{"a", "b"}));
  EXPECT_EQ(text_lines("a\r\n\r\nb\r\n", "f"), (Lines{"a", "", "b"}));
  EXPECT_EQ(text_lines("a\r", "f"), Lines{"a"});
}

TEST(TextLines, EverythingElseStays) {
  EXPECT_EQ(text_lines(" a \t\n\xff \n", "f"), (Lines{" a \t", "\xff "}));
  EXPECT_EQ(text_lines("a\xef\xbb\xbf\n", "f"), Lines{"a\xef\xbb\xbf"});
}

TEST(TextLines, TheMarkIsNoPartOfTheText) {
  EXPECT_EQ(text_lines("\xef\xbb\xbf"
                       "a\n",
                       "f"),
            Lines{"a"});
  EXPECT_EQ(text_lines("a\n\xef\xbb\xbf"
                       "b\n",
                       "f"),
            (Lines{"a", "b"}));
  EXPECT_EQ(text_lines("\xef\xbb\xbf\r\n", "f"), Lines{""});
  EXPECT_EQ(plain_text("\xef\xbb\xbf", "f"), "");
}

TEST(TextLines, WhatIsNoTextIsRefusedWithItsLine) {
  refused_at(
      "\xff\xfe"
      "a\0"s,
      "f:1");
  refused_at("\xfe\xff\0a"s, "f:1");
  refused_at("a\0b\0"s, "f:1");
  refused_at("a\nb\n\0"s, "f:3");
  refused_at("a\nb\rc\n", "f:2");
  refused_at("a\r\r\n", "f:1");
}

}  // namespace
}  // namespace dftp
