#include "server/config/command_line.h"

#include "tests/unit/config/support.h"

namespace dftp::server {
namespace {

using Words = std::vector<std::string>;

constexpr ProgramOption known[] = {{"size", "N", "how many"}, {"name", "TEXT", "what"}, {"loud", "", "be loud"}};

Result<ProgramCommandLine> parse(const Words& arguments) {
  return parse_command_line(arguments, known);
}

TEST(ProgramCommandLine, is_words_and_options_in_any_order) {
  const auto line = parse({"one", "--size", "5", "--loud", "two", "--name=x y", "-"});
  ASSERT_TRUE(line) << describe(line.error());
  EXPECT_EQ(line->words, (Words{"one", "two", "-"}));
  EXPECT_EQ(line->all("size"), Words{"5"});
  EXPECT_EQ(line->all("name"), Words{"x y"});
  EXPECT_EQ(line->all("loud"), Words{"true"});
  EXPECT_TRUE(line->has("loud"));
  EXPECT_FALSE(line->has("quiet"));
}

TEST(ProgramCommandLine, keeps_every_value_of_an_option_whole) {
  EXPECT_EQ(parse({"--name", "a,b", "--name", "--loud"})->all("name"), (Words{"a,b", "--loud"}));
  EXPECT_FALSE(parse({"--name="})) << "an unset variable of a script";
  EXPECT_EQ(parse({"--name=a\nb"})->all("name"), Words{"a\nb"});
}

TEST(ProgramCommandLine, switches_take_a_value_only_behind_an_equals_sign) {
  const auto line = parse({"--loud=false", "--loud", "false"});
  EXPECT_EQ(line->all("loud"), (Words{"false", "true"}));
  EXPECT_EQ(line->words, Words{"false"});
  EXPECT_TRUE(line->has("loud"));
  EXPECT_FALSE(parse({"--loud", "--loud=false"})->has("loud")) << "the last one counts";
}

TEST(ProgramCommandLine, behind_two_dashes_all_are_words) {
  EXPECT_EQ(parse({"--loud", "--", "--size", "-x"})->words, (Words{"--size", "-x"}));
}

TEST(ProgramCommandLine, what_is_unknown_or_lacks_its_value_is_a_wrong_call) {
  const Words wrong[] = {{"--colour"}, {"-x"}, {"--size"}, {"--siz", "5"}, {"--=x"}, {"--loud=maybe"}, {"---"}};
  for (const Words& arguments : wrong) EXPECT_TRUE(fails_with(parse(arguments), Code::usage)) << arguments[0];
}

TEST(ProgramCommandLine, help_stands_in_a_column_of_its_own) {
  EXPECT_EQ(help_line(known[0], "7"), "  --size N                how many (7)\n");
  EXPECT_EQ(help_line({"a-rather-long-one", "SOMETHING", "help"}), "  --a-rather-long-one SOMETHING  help\n");
}

}  // namespace
}  // namespace dftp::server
