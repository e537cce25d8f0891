#include "client/cli/shell/completion.h"

#include <gtest/gtest.h>

#include "client/cli/line/line.h"
#include "client/cli/line/words.h"

namespace dftp::cli {
namespace {

using Names = std::vector<std::string>;

struct Half {
  std::string before;
  Names words;
  std::string word;
  char quote;
  std::size_t bytes;
};

const Half halves[] = {
    {"", {}, "", 0, 0},
    {"ge", {}, "ge", 0, 2},
    {"get ", {"get"}, "", 0, 0},
    {"get a\\ b", {"get"}, "a b", 0, 4},
    {"get 'a b", {"get"}, "a b", '\'', 4},
    {"get \"a b", {"get"}, "a b", '"', 4},
    {"get 'a b' c", {"get", "a b"}, "c", 0, 1},
    {"get \"a\\\"b", {"get"}, "a\"b", '"', 5},
    {"get 资料/报", {"get"}, "资料/报", 0, 10},
    {"ls a; get b", {"get"}, "b", 0, 1},
    {"ls 'a;b' c;", {}, "", 0, 0},
    {"get a &", {}, "", 0, 0},
    {"!cat a | wc b", {"cat", "a", "wc"}, "b", 0, 1},
};

TEST(HalfTyped, IsTheLastWordAndThoseBeforeIt) {
  for (const Half& half : halves) {
    const HalfTyped typed = half_typed(half.before);
    EXPECT_EQ(typed.words, half.words) << half.before;
    EXPECT_EQ(typed.word, half.word) << half.before;
    EXPECT_EQ(typed.quote, half.quote) << half.before;
    EXPECT_EQ(typed.bytes, half.bytes) << half.before;
  }
}

// The line after Tab.
std::string completed(const std::string& before, const Names& names) {
  std::vector<CompletionCandidate> candidates;
  for (const std::string& name : names) candidates.push_back({name, name.ends_with('/')});
  const Completion completion = complete_word(half_typed(before), candidates);
  return before.substr(0, before.size() - completion.erased) + completion.inserted;
}

struct Tab {
  std::string before;
  Names names;
  std::string after;
};

const Tab tabs[] = {
    {"get re", {"report.pdf", "other"}, "get report.pdf "},
    {"get re", {"report.pdf", "report.txt"}, "get report."},
    {"get a", {"a b.txt"}, "get a\\ b.txt "},
    {"get 'a", {"a b.txt"}, "get 'a b.txt' "},
    {"get \"a", {"a b.txt"}, "get \"a b.txt\" "},
    {"get 'i", {"it's"}, "get \"it's\" "},
    {"get i", {"it's"}, "get it\\'s "},
    {"get \"q", {"q\"q"}, "get \"q\\\"q\" "},
    {"cd d", {"dir/"}, "cd dir/"},
    {"cd 'my d", {"my dir/"}, "cd 'my dir/"},
    {"get 资", {"资料/"}, "get 资料/"},
    {"get ", {"天线", "天空"}, "get 天"},
    {"get b", {"b\xff"}, "get \"b\\xff\" "},
    {"get s", {"star*"}, "get star\\* "},
    {"get x", {"y"}, "get x"},
    {"get s", {"~/a;b"}, "get s"},
    {"ls; put ~/a", {"~/a b", "~/a c"}, "ls; put ~/a\\ "},
    {"put ~/a", {"~/a&"}, "put ~/a\\& "},
    {"put \\~", {"~x"}, "put \\~x "},
    // Two characters whose first bytes are the same have nothing in common.
    {"get ", {"天", "大"}, "get "},
};

TEST(Completion, TypesTheRestAsTheWordWasBegun) {
  for (const Tab& tab : tabs) EXPECT_EQ(completed(tab.before, tab.names), tab.after) << tab.before;
}

TEST(Completion, IsReadAsTheNameItStandsFor) {
  for (const std::string name : {"a b", "it's", "q\"q", "back\\slash", "b\xff", "star*", "[x]", "a&", "&&", "a;b",
                                 "a|b", "<a>", "~", "~/a", "#1", "tab\t"}) {
    for (const char quote : {char(0), '\'', '"'}) {
      std::string line = as_typed(name, quote);
      if (line.starts_with('"') || line.starts_with('\'')) line += line[0];
      const auto commands = split_line("get " + line);
      ASSERT_TRUE(commands && commands->size() == 1) << line;
      const std::string& word = commands->front().words.at(1);
      EXPECT_EQ(unquoted(word), name) << line;
      EXPECT_FALSE(is_pattern(word)) << line;
      EXPECT_EQ(at_home(word), word) << line;
    }
  }
}

TEST(Completion, ShowsTheLastNamesOfSeveral) {
  const Completion completion = complete_word(half_typed("ls dir/"), {{"dir/b/", true}, {"dir/a"}});
  EXPECT_EQ(completion.inserted, "");
  EXPECT_EQ(completion.choices, (Names{"a", "b/"}));
}

}  // namespace
}  // namespace dftp::cli
