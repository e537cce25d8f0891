#include <fnmatch.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "proto/wire/glob.h"
#include "proto/wire/path_rules.h"

namespace dftp {
namespace {

struct Row {
  std::string_view pattern, name;
  bool matches;
};

constexpr Row rows[] = {
    {"f[ä]", "fä", true},
    {"f[ä]", "fö", false},
    {"f[!ä]", "fö", true},
    {"f[!ä]", "fä", false},
    {"f[^ä]", "fü", true},
    {"f[äö]", "fö", true},
    {"[а-я]", "ж", true},  // Cyrillic
    {"[а-я]", "Ж", false},
    {"[α-ω]x", "λx", true},
    {"[中-文]", "丰", true},
    {"[😀-😂]", "😁", true},
    {"[a-ö]", "z", true},
    {"[a-ö]", "ü", false},
    {"[\\ä-\\ü]", "ö", true},
    {"[z-a]", "b", false},
    {"?", "😁", true},
    {"??", "äö", true},
    {"?", "äö", false},
    {"*ö", "äö", true},
    {"*\xb6", "\xc3\xb6", false},  // the second half of a character is none
    {"\xc3*", "\xc3\xb6", false},
    {"\\ä", "ä", true},
    // Bytes that are no UTF-8.
    {"?", "\xc3", true},
    {"??", "\xc3\x28", true},
    {"[\xff]", "\xff", true},
    {"[\xff]", "\xfe", false},
    {"[\x80-\xff]", "\xc3", true},
    {"[\x80-\xff]", "ä", false},
    {"[!\xff]", "ä", true},
    {"?", "\xc0\xaf", false},  // overlong: two bytes, each one of its own
    {"??", "\xc0\xaf", true},
    {"???", "\xed\xa0\x80", true},  // half of a surrogate
    // Classes.
    {"[[:alpha:]]", "ä", true},
    {"[[:alpha:]]", "1", false},
    {"[[:digit:]]", "1", true},
    {"[[:digit:]]", "a", false},
    {"[[:upper:][:digit:]_]", "Ä", true},
    {"[[:upper:][:digit:]_]", "_", true},
    {"[[:upper:][:digit:]_]", "ä", false},
    {"[![:space:]]", " ", false},
    {"[![:space:]]", "x", true},
    {"[[:xdigit:]]*", "Fz", true},
    {"[[:punct:]]", "!", true},
    {"[[:blank:]]", "\t", true},
    {"[[:alpha:]]", "\xff", false},
    {"[![:alpha:]]", "\xff", true},
    {"[[:nothing:]]", "n", false},
    {"[[:alpha]", ":", true},  // no class: one of [ : a l p h
    {"[[:alpha]", "a", true},
    {"[a[:digit:]-z]", "5", true},
    // Edges.
    {"[]a]", "]", true},
    {"[!]a]", "b", true},
    {"[a-]", "-", true},
    {"[-a]", "-", true},
    {"[a\\-z]", "-", true},
    {"[a\\-z]", "b", false},
    {"[a-\\]]", "]", false},
    {"[\\[-\\]]", "\\", true},
    {"[", "[", true},
    {"[!", "[!", true},
    {"[[:alpha:]", "[[:alpha:]", true},
    {"[a*", "[ab", true},
    {"x[", "x[", true},
    {"\\[a]", "[a]", true},
};

TEST(GlobCharacters, MatchByCharacters) {
  for (const Row& row : rows)
    EXPECT_EQ(glob_matches(row.pattern, row.name), row.matches) << row.pattern << " " << row.name;
}

TEST(GlobCharacters, RulesOfASyncUseTheSameMatcher) {
  for (const Row& row : rows) {
    if (row.pattern.starts_with('!')) continue;
    PathRules rules;
    ASSERT_TRUE(rules.add(row.pattern, false));
    EXPECT_EQ(rules.leaves_out(row.name, false), row.matches) << row.pattern << " " << row.name;
  }
}

// What the C library says of ASCII, where POSIX leaves nothing open; of other characters it says what no user would.
TEST(GlobCharacters, AgreeWithTheCLibrary) {
  std::mt19937 random(1);
  const std::string elements[] = {"*",   "?", "a", "b", "[ab]", "[!a]", "[b-d]", "[]c]", "[[:alpha:]]", "[![:digit:]b]",
                                  "\\*", "."};
  const std::string letters[] = {"a", "b", "1", "*", ".", "c", "]"};
  for (int round = 0; round < 20'000; ++round) {
    std::string pattern, name;
    for (std::size_t i = random() % 6; i > 0; --i) pattern += elements[random() % std::size(elements)];
    for (std::size_t i = random() % 6; i > 0; --i) name += letters[random() % std::size(letters)];
    ASSERT_EQ(glob_matches(pattern, name), ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0) << pattern << " " << name;
  }
}

// Each would take longer than the test's limit if it were not the product of the lengths at most.
TEST(GlobCharacters, HostilePatternsTakeNoLonger) {
  const std::string name(255, 'a');
  std::string stars, open, classes;
  for (int i = 0; i < 2'000; ++i) {
    stars += "*a";
    open += "*[";
    classes += "*[[:a:][";
  }
  EXPECT_FALSE(glob_matches(stars + "b", name));
  EXPECT_FALSE(glob_matches(open, name));
  EXPECT_FALSE(glob_matches(classes, name));
  EXPECT_FALSE(glob_matches("*[" + std::string(100'000, 'b') + "]", name));
}

TEST(PatternFiles, AreTexts) {
  const auto leaves_out = [](std::string_view text, std::string_view name) {
    PathRules rules;
    const auto added = rules.add_file(text, "list");
    EXPECT_TRUE(added) << describe(added.error());
    return rules.leaves_out(name, true);
  };
  EXPECT_TRUE(leaves_out("\xef\xbb\xbfprecious.db\n", "precious.db"));
  EXPECT_TRUE(leaves_out("\xef\xbb\xbf# a comment\r\nprecious.db\r\n", "precious.db"));
  EXPECT_TRUE(leaves_out("precious.db \t \n", "precious.db"));
  EXPECT_TRUE(leaves_out("cache/ ", "cache"));
  EXPECT_TRUE(leaves_out("name\\ \n", "name "));
  EXPECT_FALSE(leaves_out("name\\ \n", "name"));
  EXPECT_TRUE(leaves_out("name\\\\ \n", "name\\"));
  EXPECT_TRUE(leaves_out("  \nlast", "last"));
  PathRules rules;
  const auto utf16 = rules.add_file(std::string_view("\xff\xfe"
                                                     "a\0\n\0",
                                                     6),
                                    "list");
  ASSERT_FALSE(utf16);
  EXPECT_EQ(utf16.error().code, Code::usage);
  EXPECT_TRUE(utf16.error().where.starts_with("list"));
  EXPECT_FALSE(rules.add_file(std::string_view("a\nb\0c\n", 6), "list"));
  EXPECT_TRUE(rules.empty());
}

}  // namespace
}  // namespace dftp
