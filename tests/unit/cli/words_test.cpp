#include "client/cli/line/words.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "client/cli/line/line.h"

namespace dftp::cli {
namespace {

using Words = std::vector<std::string>;

struct Line {
  std::string_view text;
  Words words;
};

const Line lines[] = {
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
    {"get a # b", {"get", "a"}},
    {"get a#b '#'", {"get", "a#b", "#"}},
    {"get 射频仿真.pptx", {"get", "射频仿真.pptx"}},
    {R"(put 'a;b' "c;\";d" e\;f)", {"put", "a;b", "c;\";d", "e;f"}},
    {"get R&D 'x && y' \\| \">\"", {"get", "R&D", "x && y", "|", ">"}},
    {"get '~/a' \\~ b~", {"get", "~/a", "~", "b~"}},
};

TEST(Words, AreSplitAtBlanksAndKeptTogetherByQuotes) {
  for (const Line& line : lines) {
    const auto commands = split_line(line.text);
    ASSERT_TRUE(commands && commands->size() == 1) << line.text;
    Words words;
    for (const std::string& word : commands->front().words) words.push_back(unquoted(word));
    EXPECT_EQ(words, line.words) << line.text;
    EXPECT_FALSE(commands->front().background) << line.text;
  }
}

Words texts_of(std::string_view line) {
  const auto commands = split_line(line);
  if (!commands) return {"refused"};
  Words texts;
  for (const TypedCommand& command : *commands) {
    texts.push_back((command.may_fail ? "-" : "") + std::string(command.local ? "!" : "") + command.text +
                    (command.background ? " &" : ""));
  }
  return texts;
}

TEST(Commands, AreSeparatedOutsideQuotes) {
  const std::pair<std::string_view, Words> cases[] = {
      {"", {}},
      {" \t ", {}},
      {"# get a", {}},
      {";; ;", {}},
      {"cd a; put x;ls", {"cd a", "put x", "ls"}},
      {"ls # a; b", {"ls"}},
      {"ls;# a; b", {"ls"}},
      {"ls a#b; c", {"ls a#b", "c"}},
      {"-rm a; - ls ;-", {"-rm a", "-ls"}},
      {"get a & ls; get b&c &", {"get a &", "ls", "get b&c &"}},
      {"get a '&'", {"get a '&'"}},
      {"cd a; !ls | wc > 'x; rm b", {"cd a", "!ls | wc > 'x; rm b"}},
      {"-! date # not a comment", {"-!date # not a comment"}},
  };
  for (const auto& [line, texts] : cases) EXPECT_EQ(texts_of(line), texts) << line;
}

TEST(Commands, TheShellsOperatorsAreRefusedWithAHint) {
  for (const std::string_view line : {"rm a && rm b", "rm a||b", "ls | wc", "ls > f", "ls>f", "ls >> f", "put < f",
                                      "ls 2>f", "rm a&&rm b", "get a&", "get &a", "get a& ; ls"}) {
    const auto commands = split_line(line);
    ASSERT_FALSE(commands) << line;
    EXPECT_EQ(commands.error().code, Code::usage);
    EXPECT_NE(commands.error().detail.find("quote"), std::string::npos) << line;
  }
  EXPECT_NE(split_line("ls | wc").error().detail.find("!"), std::string::npos);
}

TEST(Commands, OpenQuoteOrBackslashIsAUsageError) {
  for (const std::string_view text : {"'a", "\"a", "\"a\\\"", "a\\", "get 'a b\" c", "ls; put 'a; b"}) {
    const auto commands = split_line(text);
    ASSERT_FALSE(commands) << text;
    EXPECT_EQ(commands.error().code, Code::usage);
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
    const auto commands = split_line(word.line);
    ASSERT_TRUE(commands && commands->size() == 1 && commands->front().words.size() == 1) << word.line;
    EXPECT_EQ(is_pattern(commands->front().words[0]), word.pattern) << word.line;
    EXPECT_EQ(unquoted(commands->front().words[0]), word.plain) << word.line;
  }
}

TEST(Home, StandsForATildeThatIsNotQuoted) {
  ::setenv("HOME", "/home/a*b", 1);
  EXPECT_EQ(at_home("~"), "/home/a\\*b");
  EXPECT_EQ(at_home("~/x*"), "/home/a\\*b/x*");
  for (const std::string word : {"\\~/x", "a~", "./~", ""}) EXPECT_EQ(at_home(word), word);
  EXPECT_EQ(at_home("~root/x"), "/root/x");
  ASSERT_FALSE(at_home("~no-such-user/x"));
  EXPECT_EQ(at_home("~no-such-user/x").error().where, "~no-such-user");
}

}  // namespace
}  // namespace dftp::cli
