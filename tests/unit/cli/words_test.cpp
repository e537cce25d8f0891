#include "client/cli/words.h"

#include <gtest/gtest.h>

namespace dftp::cli {
namespace {

using Words = std::vector<std::string>;

struct Line {
  std::string_view text;
  Words words;
};

const Line lines[] = {
    {"", {}},
    {" \t ", {}},
    {"ls", {"ls"}},
    {"  get  a\tb \r", {"get", "a", "b"}},
    {"get 'a b' c", {"get", "a b", "c"}},
    {"get \"a b\" c", {"get", "a b", "c"}},
    {"get a\\ b", {"get", "a b"}},
    {"a'b'\"c\"d", {"abcd"}},
    {"''", {""}},
    {"\"\" x", {"", "x"}},
    {"'a\\n\"'", {"a\\n\""}},
    {R"("a\"b\\c\d")", {R"(a"b\c\d)"}},
    {R"("\xe5\xA4\xa9\xff")", {"\xe5\xa4\xa9\xff"}},
    {R"("\xg0 \x4")", {R"(\xg0 \x4)"}},
    {R"(\x41)", {"x41"}},
    {"# get a", {}},
    {"get a # b", {"get", "a"}},
    {"get a#b '#'", {"get", "a#b", "#"}},
    {"get 射频仿真.pptx", {"get", "射频仿真.pptx"}},
};

TEST(Words, AreSplitAtBlanksAndKeptTogetherByQuotes) {
  for (const Line& line : lines) {
    const auto words = split_words(line.text);
    ASSERT_TRUE(words) << line.text;
    EXPECT_EQ(*words, line.words) << line.text;
  }
}

TEST(Commands, AreSeparatedOutsideQuotes) {
  const std::pair<std::string_view, Words> cases[] = {
      {"ls", {"ls"}},
      {"cd a; put x;ls", {"cd a", " put x", "ls"}},
      {"put 'a;b' \"c;\\\";d\" e\\;f", {"put 'a;b' \"c;\\\";d\" e\\;f"}},
      {"ls # a; b", {"ls "}},
      {"ls;# a; b", {"ls", ""}},
      {"ls a#b; c", {"ls a#b", " c"}},
      {"put 'a; b", {"put 'a; b"}},
      {"", {""}},
  };
  for (const auto& [line, commands] : cases) EXPECT_EQ(split_commands(line), commands) << line;
}

TEST(Words, OpenQuoteOrBackslashIsAUsageError) {
  for (const std::string_view text : {"'a", "\"a", "\"a\\\"", "a\\", "get 'a b\" c"}) {
    const auto words = split_words(text);
    ASSERT_FALSE(words) << text;
    EXPECT_EQ(words.error().code, Code::usage);
  }
}

TEST(Patterns, AreWhatWasNotQuoted) {
  struct Word {
    std::string_view line;
    bool pattern;
    std::string_view plain;
  };
  for (const Word& word : {Word{"*.iso", true, "*.iso"},
                           {"'*.iso'", false, "*.iso"},
                           {"\"a?\"", false, "a?"},
                           {"\\*", false, "*"},
                           {"'a '*", true, "a *"},
                           {"[ab]", true, "[ab]"},
                           {"plain", false, "plain"},
                           {"'back\\slash'", false, "back\\slash"},
                           {"a'*'?", true, "a*?"}}) {
    const auto words = split_patterns(word.line);
    ASSERT_TRUE(words && words->size() == 1) << word.line;
    EXPECT_EQ(is_pattern(words->front()), word.pattern) << word.line;
    EXPECT_EQ(unquoted(words->front()), word.plain) << word.line;
  }
}

TEST(Patterns, TellAQuotedMarkFromOneThatMeansTheBackground) {
  EXPECT_EQ(split_patterns("get a &")->back(), "&");
  EXPECT_NE(split_patterns("get a '&'")->back(), "&");
}

}  // namespace
}  // namespace dftp::cli
