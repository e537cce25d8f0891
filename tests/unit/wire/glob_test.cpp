#include "proto/wire/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace dftp {
namespace {

struct GlobCase {
  std::string_view pattern, name;
  bool matches;
};

TEST(Glob, MatchesWholeNames) {
  constexpr GlobCase cases[] = {
      {"", "", true},
      {"", "a", false},
      {"a", "a", true},
      {"a", "ab", false},
      {"*", "", true},
      {"*", ".hidden", true},
      {"*.iso", "debian.iso", true},
      {"*.iso", "debian.iso.part", false},
      {"a*b*c", "a-b-b-c", true},
      {"a*b*c", "a-b-b-d", false},
      {"**", "x", true},
      {"?", "\xc3\xa9", true},  // one character of two bytes
      {"??", "\xe4\xb8\xad", false},
      {"?", "\xff", true},
      {"?", "", false},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[!a-c]", "d", true},
      {"[!a-c]", "b", false},
      {"[^a]", "b", true},
      {"[]]", "]", true},
      {"[a-]", "-", true},
      {"[\\]]", "]", true},
      {"[a", "[a", true},  // a set that is never closed
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"a\\", "a\\", true},
      {"*.\xff", "a.\xff", true},
  };
  for (const GlobCase& one : cases) {
    EXPECT_EQ(glob_matches(one.pattern, one.name), one.matches) << one.pattern << " " << one.name;
  }
}

TEST(Glob, ManyStarsTakeNoLongerThanTheProductOfTheLengths) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(255, 'a')));
}

}  // namespace
}  // namespace dftp
