#include "server/config/exec_commands.h"

#include <gtest/gtest.h>

namespace dftp::server {
namespace {

ExecCommand with(std::vector<std::string> argv) {
  return {.name = "x", .argv = std::move(argv)};
}

std::vector<Name> words(std::initializer_list<std::string> texts) {
  std::vector<Name> out;
  for (const std::string& text : texts) out.push_back({text});
  return out;
}

using Argv = std::vector<std::string>;

TEST(ExecCommand, PutsWordsWhereThePlaceholdersAre) {
  const struct {
    Argv argv;
    std::vector<Name> words;
    Argv filled;
  } cases[] = {
      {{"/a"}, {}, {"/a"}},
      {{"/a", "{1}", "{2}"}, words({"x y", "$(z)"}), {"/a", "x y", "$(z)"}},
      {{"/a", "{2}{1}", "{1}"}, words({"x", "y"}), {"/a", "yx", "x"}},
      {{"/a", "--to={1}"}, words({"-x"}), {"/a", "--to=-x"}},
      {{"/a", "-{1}"}, words({"-x"}), {"/a", "--x"}},
      {{"/a", "{1}{2}"}, words({"", "x-"}), {"/a", "x-"}},
      {{"/a", "{*}"}, {}, {"/a"}},
      {{"/a", "{1}", "{*}", "end"}, words({"x", "y", ""}), {"/a", "x", "y", "", "end"}},
      {{"/a", "{0}", "{x}", "{", "{1", "{}", "a{*}"}, {}, {"/a", "{0}", "{x}", "{", "{1", "{}", "a{*}"}},
      {{"/a", "{1}"}, words({"{2}{*}"}), {"/a", "{2}{*}"}},
  };
  for (const auto& [argv, given, filled] : cases) {
    const auto result = fill_in(with(argv), given);
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(*result, filled);
  }
}

TEST(ExecCommand, RefusesWordsThatDoNotFit) {
  const struct {
    Argv argv;
    std::vector<Name> words;
    Code code;
  } cases[] = {
      {{"/a"}, words({"x"}), Code::invalid_request},
      {{"/a", "{1}"}, {}, Code::invalid_request},
      {{"/a", "{2}"}, words({"x"}), Code::invalid_request},
      {{"/a", "{1}"}, words({"x", "y"}), Code::invalid_request},
      {{"/a", "{1}"}, words({"-x"}), Code::invalid_request},
      {{"/a", "{*}"}, words({"x", "-"}), Code::invalid_request},
      {{"/a", "{1}{2}"}, words({"", "--version"}), Code::invalid_request},
      {{"/a", "{1}-x"}, words({""}), Code::invalid_request},
      {{"/a", "{1}{2}{3}"}, words({"", "", "-"}), Code::invalid_request},
      {{"/a", "{1}"}, words({std::string("x\0y", 3)}), Code::invalid_request},
      {{"/a", "{1}"}, words({std::string(70000, 'x')}), Code::too_large},
      {{"/a", "{*}"}, std::vector<Name>(257), Code::too_large},
  };
  for (const auto& [argv, given, code] : cases) {
    const auto result = fill_in(with(argv), given);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << describe(result.error());
  }
}

TEST(ExecCommand, AShellGetsTheWordsAsTheyAre) {
  const ExecCommand shell{.name = "sh", .shell = "/bin/sh"};
  EXPECT_EQ(*fill_in(shell, words({"ls", "-l", "a; b"})), (Argv{"/bin/sh", "-c", "ls -l a; b"}));
}

TEST(ExecCommand, EverybodyIsNotAnonymous) {
  EXPECT_TRUE((ExecCommand{.users = {"*"}}.allows("anna")));
  EXPECT_FALSE((ExecCommand{.users = {"*"}}.allows("anonymous")));
  EXPECT_TRUE((ExecCommand{.users = {"ben", "anna"}}.allows("anna")));
  EXPECT_FALSE((ExecCommand{.users = {"ben"}}.allows("anna")));
}

TEST(ExecCommand, IsReadFromItsTable) {
  const auto table = toml::parse(
      "[exec.log]\nargv = [\"/bin/log\", \"{1}\"]\nusers = [\"anna\"]\nrun-as = \"nobody\"\ntimeout = 5\n"
      "output-limit = 0\nmemory-limit = 16777216\nprocess-limit = 1\n[exec.sh]\nshell = \"/bin/sh\"\nusers = [\"*\"]\n",
      "f");
  ASSERT_TRUE(table);
  const auto commands = parse_exec(table->front().value, "f");
  ASSERT_TRUE(commands) << describe(commands.error());
  ASSERT_EQ(commands->size(), 2u);
  const ExecCommand& log = commands->front();
  EXPECT_EQ(log.name + " " + log.run_as + " " + log.users[0], "log nobody anna");
  EXPECT_EQ(log.argv, (Argv{"/bin/log", "{1}"}));
  EXPECT_EQ(log.timeout, std::chrono::seconds(5));
  EXPECT_EQ(log.output_limit, 0u);
  EXPECT_EQ(log.memory_limit, 16777216u);
  EXPECT_EQ(log.process_limit, 1u);
  EXPECT_EQ((*commands)[1].shell, "/bin/sh");
}

TEST(ExecCommand, NamesTheLineThatIsWrong) {
  const struct {
    std::string_view text, where, why;
  } cases[] = {
      {"exec = 1", "f:1", "tables"},
      {"[exec]\nx = 1", "f:2", "table"},
      {"[exec.x]\nusers = [\"*\"]", "f:1", "either argv or shell"},
      {"[exec.x]\nargv = [\"/a\"]", "f:1", "who may call"},
      {"[exec.x]\nargv = []", "f:2", "list"},
      {"[exec.x]\nargv = [\"a\"]", "f:2", "whole path"},
      {"[exec.x]\nargv = [\"/opt/{1}\"]", "f:2", "no placeholder in its path"},
      {"[exec.x]\nargv = [\"/a\", 1]", "f:2", "list of texts"},
      {"[exec.x]\nshell = \"sh\"", "f:2", "whole path"},
      {"[exec.x]\n\nusers = [\"a b\"]", "f:3", "users"},
      {"[exec.x]\ntimeout = 0", "f:2", "seconds"},
      {"[exec.x]\ntimeout = 604801", "f:2", "seconds"},
      {"[exec.x]\noutput-limit = -1", "f:2", "0 at least"},
      {"[exec.x]\nmemory-limit = 1000", "f:2", "16777216 at least"},
      {"[exec.x]\nprocess-limit = \"9\"", "f:2", "1 at least"},
      {"[exec.x]\nrun-as = \"\"", "f:2", "user"},
      {"[exec.x]\ncolour = 1", "f:2", "colour"},
  };
  for (const auto& [text, where, why] : cases) {
    const auto table = toml::parse(text, "f");
    ASSERT_TRUE(table);
    const auto commands = parse_exec(table->front().value, "f");
    ASSERT_FALSE(commands) << text;
    EXPECT_EQ(commands.error().where, where) << text;
    EXPECT_NE(commands.error().detail.find(why), std::string::npos) << describe(commands.error());
  }
}

}  // namespace
}  // namespace dftp::server
