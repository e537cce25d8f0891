#include "proto/wire/path_rules.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

struct Row {
  std::vector<std::string> patterns;  // with a ! before it, one includes
  std::string path;
  bool is_directory;
  bool left_out;
};

const Row rows[] = {
    {{}, "a", false, false},
    {{"*.o"}, "a.o", false, true},
    {{"*.o"}, "d/e/a.o", false, true},
    {{"*.o"}, "a.oo", false, false},
    {{"cache"}, "d/cache", true, true},
    {{"cache/"}, "d/cache", true, true},
    {{"cache/"}, "d/cache", false, false},
    {{"/cache"}, "cache", true, true},
    {{"/cache"}, "d/cache", true, false},
    {{"d/*.o"}, "d/a.o", false, true},
    {{"d/*.o"}, "d/e/a.o", false, false},
    {{"d/*.o"}, "x/d/a.o", false, false},
    {{"d/**/a"}, "d/a", false, true},
    {{"d/**/a"}, "d/e/f/a", false, true},
    {{"**/e/a"}, "d/e/a", false, true},
    {{"d/**"}, "d/e/f", false, true},
    {{"**/x/**/y"}, "x/a/x/b/y", false, true},
    {{"**/x/**/y"}, "a/b/y", false, false},
    {{"!a.o", "*.o"}, "a.o", false, false},
    {{"*.o", "!a.o"}, "a.o", false, true},
    {{"!keep/", "/*"}, "keep", true, false},
    {{"!keep/", "/*"}, "other", true, true},
    {{"[ab]?"}, "a1", false, true},
    {{"a\\*"}, "a*", false, true},
    {{"a\\*"}, "ab", false, false},
};

TEST(PathRules, TheFirstThatMatchesDecides) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.path + " by " + (row.patterns.empty() ? "" : row.patterns[0]));
    PathRules rules;
    std::string file = "# a comment\n\n";
    for (const std::string& pattern : row.patterns) file += pattern + "\r\n";
    ASSERT_TRUE(rules.add_file(file, "rules"));
    EXPECT_EQ(rules.leaves_out(row.path, row.is_directory), row.left_out);
  }
}

TEST(PathRules, WhatIsNoPatternIsRefusedWithItsLine) {
  PathRules rules;
  EXPECT_EQ(rules.add("", false).error().code, Code::usage);
  EXPECT_EQ(rules.add("/", true).error().code, Code::usage);
  const auto added = rules.add_file("a\n!/\n", "list");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().where, "list:2");
}

TEST(PathRules, AsLinesTheySayTheSame) {
  PathRules rules, again;
  ASSERT_TRUE(rules.add("*.o", false) && rules.add("a/", true) && rules.add("!b", false) && rules.add("c", false));
  for (const std::string& line : rules.lines(12)) ASSERT_TRUE(again.add_line(line));
  EXPECT_EQ(again.lines(SIZE_MAX), (std::vector<std::string>{"*.o", "!a/", "\\!b", "c"}));
  EXPECT_TRUE(again.leaves_out("!b", false));
  EXPECT_FALSE(again.leaves_out("b", false));
  EXPECT_EQ(rules.lines(9).size(), 3u);
}

}  // namespace
}  // namespace dftp
