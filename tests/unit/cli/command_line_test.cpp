#include "client/cli/verbs/command_line.h"

#include <gtest/gtest.h>

#include <set>

#include "client/cli/line/words.h"
#include "client/cli/verbs/habits.h"
#include "client/cli/verbs/help.h"

namespace dftp::cli {
namespace {

using Words = std::vector<std::string>;

const Preferences preferences =
    *Preferences::parse("Alias ll ls -l\nAlias up put -r\nHost nas get\nHostName h\n", "config");

TEST(CommandLine, a_server_needs_no_scheme) {
  for (const auto* server : {"dftp://h/", "ann@h", "h:2121", "h.example", "nas", "nas/photos", "h:", "localhost"}) {
    const auto line = parse_command_line({"-q", server}, preferences);
    ASSERT_TRUE(line) << server << ": " << describe(line.error());
    EXPECT_EQ(line->verb, nullptr) << server;
    EXPECT_EQ(line->operands, Words{server});
  }
}

TEST(CommandLine, a_verb_comes_before_a_server_of_its_name) {
  EXPECT_EQ(parse_command_line({"get", "nas/a"}, preferences)->verb->name, "get");
}

TEST(CommandLine, a_name_of_the_users_own_stands_for_a_command) {
  const auto line = parse_command_line({"-q", "ll", "nas/a"}, preferences);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->verb->name, "ls");
  EXPECT_TRUE(line->flags.details && line->settings.quiet);
  EXPECT_EQ(line->operands, Words{"nas/a"});
  EXPECT_TRUE(parse_command_line({"up", "a", "nas/"}, preferences)->flags.recursive);
}

TEST(CommandLine, says_what_may_have_been_meant) {
  const std::pair<Words, const char*> cases[] = {
      {{"sl", "nas"}, "did you mean ls?"},
      {{"lst"}, "did you mean ls?"},
      {{"find", "--nmae", "x", "nas"}, "--name?"},
      {{"mirror", "a", "b"}, "neither a URL nor a verb"},
      {{"binary"}, "byte for byte"},
      {{"cd"}, "only in a session"},
      {{"--quite"}, "did you mean --quiet?"},
      {{"-c", "ls"}, "a URL or a verb is missing"},
  };
  for (const auto& [words, said] : cases) {
    const auto line = parse_command_line(words, preferences);
    ASSERT_FALSE(line) << words[0];
    EXPECT_EQ(line.error().code, Code::usage);
    EXPECT_NE(describe(line.error()).find(said), std::string::npos) << describe(line.error());
  }
}

TEST(CommandLine, options_may_be_written_as_find_has_them) {
  const auto line = parse_command_line({"find", "-name", "*.c", "-maxdepth", "2", "-type", "f", "nas/"}, preferences);
  ASSERT_TRUE(line) << describe(line.error());
  EXPECT_EQ(line->flags.name, "*.c");
  EXPECT_EQ(line->flags.depth, 2u);
  EXPECT_TRUE(parse_command_line({"ls", "-alh", "nas/"}, preferences)->flags.human) << "letters stay letters";
  EXPECT_EQ(parse_command_line({"put", "--", "-name", "nas/"}, preferences)->operands, (Words{"-name", "nas/"}));
}

TEST(CommandLine, an_option_whose_value_stands_behind_an_equals_sign_takes_no_word) {
  for (const auto* option : {"--trace", "--wait"}) {
    EXPECT_EQ(parse_command_line({option, "-c", "ls", "dftp://h/"}, preferences)->operands, Words{"dftp://h/"});
    EXPECT_EQ(parse_command_line({option, "ls", "dftp://h/"}, preferences)->verb->name, "ls");
  }
}

TEST(Habits, mirror_is_sync) {
  const std::pair<Words, Words> cases[] = {
      {{"mirror", "a/b"}, {"sync", ":a/b", "b"}},
      {{"mirror", "a/b/"}, {"sync", ":a/b/", "b"}},
      {{"mirror", "a", "b"}, {"sync", ":a", "b"}},
      {{"mirror", "-R", "a", "b"}, {"sync", "a", ":b"}},
      {{"mirror", "-e", "--reverse", "a"}, {"sync", "--delete", "a", ":a"}},
      {{"mirror", "-n", "-c", "a", "b"}, {"sync", "-n", ":a", "b"}},
      {{"ls", "-R"}, {"ls", "-R"}},
  };
  for (const auto& [typed, ours] : cases) {
    const auto words = in_our_words(typed);
    ASSERT_TRUE(words) << typed.back();
    EXPECT_EQ(*words, ours) << typed.back();
  }
  for (const Words& wrong : {Words{"mirror"}, Words{"mirror", "a", "b", "c"}, Words{"mirror", "-P", "a"}})
    EXPECT_FALSE(in_our_words(wrong)) << wrong.size();
}

TEST(Habits, are_of_no_verb_and_no_word_twice) {
  std::set<std::string_view> seen;
  for (const auto* name : {"binary", "ascii", "prompt", "passive", "hash", "user", "set", "less", "reconnect"})
    EXPECT_NE(find_habit(name), nullptr) << name;
  for (const Verb& verb : all_verbs()) {
    EXPECT_TRUE(seen.insert(verb.name).second) << verb.name;
    EXPECT_EQ(find_habit(verb.name), nullptr) << verb.name;
    for (std::string_view rest = verb.aliases; !rest.empty();) {
      const std::string_view alias = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(alias.size() + 1, rest.size()));
      EXPECT_TRUE(seen.insert(alias).second) << alias;
      EXPECT_EQ(find_habit(alias), nullptr) << alias;
    }
  }
}

TEST(Help, has_each_verb_in_one_group) {
  for (const Verb& verb : all_verbs()) {
    std::size_t groups = 0;
    for (const VerbGroup& group : verb_groups()) groups += has_word(group.verbs, verb.name);
    EXPECT_EQ(groups, 1u) << verb.name;
  }
}

TEST(Help, fits_eighty_columns) {
  std::vector<std::string> pages = {program_help(), session_help(), session_help_of_all()};
  for (const Verb& verb : all_verbs()) pages.push_back(verb_help(verb));
  for (const std::string& page : pages) {
    for (std::size_t begin = 0; begin < page.size();) {
      const std::size_t end = std::min(page.find('\n', begin), page.size());
      EXPECT_LT(end - begin, 80u) << page.substr(begin, end - begin);
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace dftp::cli
