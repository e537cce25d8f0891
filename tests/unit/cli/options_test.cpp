#include "client/cli/verbs/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "client/cli/line/display.h"
#include "client/cli/line/option_table.h"
#include "client/cli/verbs/help.h"

namespace dftp::cli {
namespace {

using Words = std::vector<std::string>;

const std::string fingerprint = "SHA256:qx0Fv3yYgXn1g9kq2w8sJ5m7Tz4rB6cD0eHjLpNuRsA";

struct Wrong {
  Words words;
  std::string_view named;  // must be in the message
};

const Wrong wrong_lines[] = {
    {{"frobnicate", "x"}, "frobnicate"},
    {{"cd", "x"}, "only in a session"},
    {{"--frob", "dftp://h/"}, "frob"},
    {{"get", "-l", "dftp://h/a"}, "‘l’"},
    {{"ls", "--md5", "dftp://h/a"}, "md5"},
    {{"dftp://h/", "-r"}, "‘r’"},
    {{"get", "--streams", "0", "dftp://h/a"}, "1 to 16"},
    {{"get", "--streams", "17", "dftp://h/a"}, "1 to 16"},
    {{"get", "--streams", "two", "dftp://h/a"}, "1 to 16"},
    {{"get", "--streams=4x", "dftp://h/a"}, "1 to 16"},
    {{"get", "--overwrite", "maybe", "dftp://h/a"}, "never, changed or always"},
    {{"get", "dftp://h/a", "--retries", "-1"}, "--retries"},
    {{"get", "dftp://h/a", "--retries"}, "retries"},
    {{"get", "dftp://h/a", "--quiet=no"}, "takes no value"},
    {{"get", "dftp://h/a", "--fingerprint", "SHA1:abc"}, "SHA256:"},
    {{"get", "dftp://h/a", "--fingerprint", "SHA256:abc"}, "43"},
    {{"--limit-rate", "5B", "ls", "dftp://h/"}, "--limit-rate"},
    {{"--timeout", "0", "ls", "dftp://h/"}, "--timeout"},
    {{"sync", "--max-delete", "some", "a", "dftp://h/"}, "--max-delete"},
    {{"get", "-", "-x"}, "‘x’"},
    {{"", "x"}, "''"},
    {{"ls", "--log", "", "dftp://h/"}, "--log"},
    {{"ls", "--key=", "dftp://h/"}, "--key"},
    {{"-c", "", "dftp://h/"}, "--command"},
    {{"sync", "--exclude", "", "a", "dftp://h/"}, "--exclude"},
    {{"--wait=", "ls", "dftp://h/"}, "--wait"},
};

TEST(Options, WrongOnesAreUsageErrorsThatNameTheOption) {
  for (const Wrong& wrong : wrong_lines) {
    const auto line = parse_command_line(wrong.words, Preferences());
    ASSERT_FALSE(line) << wrong.named;
    EXPECT_EQ(line.error().code, Code::usage);
    EXPECT_NE(describe(line.error()).find(wrong.named), std::string::npos) << describe(line.error());
    EXPECT_NE(line.error().detail.find("dftp-cli"), std::string::npos) << line.error().detail;
  }
}

// A value that each option takes, by what stands for it in the help.
std::string value_for(const VerbOption& option) {
  return option.value == "N" ? "1" : "x";
}

Words option_words_of(const VerbOption& option) {
  Words words = {"--" + std::string(option.name)};
  if (!option.value.empty()) words.push_back(value_for(option));
  return words;
}

// A verb, or a URL for what is a session's, with these options.
Result<CommandLine> line_with(const Verb* verb, const std::vector<const VerbOption*>& options) {
  Words words;
  if (verb) words.emplace_back(verb->name);
  for (const VerbOption* option : options) {
    for (const std::string& word : option_words_of(*option)) words.push_back(word);
  }
  words.emplace_back("dftp://h/a");
  return parse_command_line(words, Preferences());
}

void expect_needs(const VerbOption& option, const Verb* verb) {
  const auto alone = line_with(verb, {&option});
  ASSERT_FALSE(alone) << option.name;
  EXPECT_EQ(alone.error().code, Code::usage);
  const std::string said = describe(alone.error());
  EXPECT_NE(said.find("--" + std::string(option.name)), std::string::npos) << said;
  int others = 0;
  for (const VerbOption& other : option_table()) {
    if (!has_word(option.needs, other.name)) continue;
    ++others;
    EXPECT_NE(said.find("--" + std::string(other.name)), std::string::npos) << said;
    for (const auto& both : {std::vector{&option, &other}, std::vector{&other, &option}}) {
      const auto line = line_with(verb, both);
      EXPECT_TRUE(line) << describe(line.error());
    }
  }
  EXPECT_EQ(others, std::ranges::count(option.needs, ' ') + 1) << option.name << " needs what there is not";
}

TEST(Options, ThatDoNothingAloneAreRefusedWithTheNameOfWhatTheyNeed) {
  std::string walked;
  for (const VerbOption& option : option_table()) {
    if (option.needs.empty()) continue;
    walked += std::string(option.name) + " ";
    if (option.use == OptionScope::session) expect_needs(option, nullptr);
    for (const Verb& verb : all_verbs()) {
      if (has_word(verb.options, option.name) && verb.scope == Scope::anywhere) expect_needs(option, &verb);
    }
  }
  EXPECT_EQ(walked, "job-wait max-delete include keep-going ");
}

TEST(Options, AreRefusedAloneInASessionTooAndShowTheHelpAnyway) {
  EXPECT_FALSE(parse_verb_words(*find_verb("sync"), {"--max-delete", "5", "a", ":b"}));
  EXPECT_TRUE(parse_verb_words(*find_verb("sync"), {"--max-delete", "5", "--delete", "a", ":b"}));
  EXPECT_TRUE(parse_command_line({"sync", "--max-delete", "5", "--help"}, Preferences())->help);
}

TEST(Options, MayStandAnywhere) {
  for (const Words& words : {Words{"-q", "--retries", "3", "get", "-r", "dftp://h/a", "b"},
                             Words{"get", "dftp://h/a", "b", "-rq", "--retries=3"}}) {
    const auto line = parse_command_line(words, Preferences());
    ASSERT_TRUE(line) << describe(line.error());
    EXPECT_TRUE(line->settings.quiet);
    EXPECT_EQ(line->settings.retries, 3);
    EXPECT_TRUE(line->flags.recursive);
    ASSERT_NE(line->verb, nullptr);
    EXPECT_EQ(line->verb->name, "get");
    EXPECT_EQ(line->operands, (Words{"dftp://h/a", "b"}));
  }
}

TEST(Options, EachOneArrives) {
  const auto line = parse_command_line(
      {"put",  "--md5", "--no-resume",  "--streams", "16",    "--overwrite",  "never",         "--password-file",
       "p",    "--key", "k1",           "--key",     "k2,k3", "--accept-new", "--fingerprint", fingerprint,
       "--ca", "c",     "--plain-data", "--json",    "x",     "dftp://h/"},
      Preferences());
  ASSERT_TRUE(line) << describe(line.error());
  EXPECT_TRUE(line->flags.md5);
  EXPECT_FALSE(line->flags.resume);
  EXPECT_EQ(line->flags.streams, 16u);
  EXPECT_EQ(line->flags.overwrite, Overwrite::never);
  EXPECT_EQ(line->settings.password_file, "p");
  EXPECT_EQ(line->settings.keys, (Words{"k1", "k2,k3"}));
  EXPECT_TRUE(line->settings.accept_new);
  EXPECT_EQ(line->settings.fingerprint, fingerprint);
  EXPECT_EQ(line->settings.authorities, "c");
  EXPECT_TRUE(line->settings.plain_data);
  EXPECT_TRUE(line->settings.json);
}

TEST(Options, DefaultsAreTheDocumentedOnes) {
  const auto line = parse_command_line({"get", "dftp://h/a"}, Preferences());
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->flags.resume);
  EXPECT_FALSE(line->flags.md5);
  EXPECT_EQ(line->flags.overwrite, Overwrite::changed);
  EXPECT_EQ(line->flags.streams, 0u);
  EXPECT_EQ(line->settings.retries, std::nullopt);
  EXPECT_FALSE(line->settings.json);
}

TEST(Options, OperandsKeepCommasEmptyTextsDashesAndWhatFollowsTwoDashes) {
  const auto line = parse_command_line({"put", "a,b", "", "-", "--", "-r", "--json"}, Preferences());
  ASSERT_TRUE(line);
  EXPECT_EQ(line->operands, (Words{"a,b", "", "-", "-r", "--json"}));
  EXPECT_FALSE(line->flags.recursive);
}

TEST(Options, OfAScriptStandBesideAUrlOnly) {
  const auto line =
      parse_command_line({"-c", "ls", "dftp://h/", "--command", "cd a; ls", "--keep-going"}, Preferences());
  ASSERT_TRUE(line) << describe(line.error());
  EXPECT_EQ(line->verb, nullptr);
  EXPECT_EQ(line->settings.commands, (Words{"ls", "cd a; ls"}));
  EXPECT_TRUE(line->settings.keep_going);
  EXPECT_FALSE(parse_command_line({"ls", "-c", "x", "dftp://h/"}, Preferences()));
}

TEST(Options, PatternsKeepTheirOrder) {
  const auto line = parse_command_line(
      {"sync", "--include", "a", "--exclude", "b", "--exclude-from", "c", "x", "dftp://h/"}, Preferences());
  ASSERT_TRUE(line) << describe(line.error());
  std::string order;
  for (const PatternOption& one : line->flags.patterns) order += one.text + std::to_string(static_cast<int>(one.kind));
  EXPECT_EQ(order, "a1b0c2");
}

TEST(Options, AUrlAloneIsASession) {
  const auto line = parse_command_line({"--accept-new", "dftp://h/a"}, Preferences());
  ASSERT_TRUE(line);
  EXPECT_EQ(line->verb, nullptr);
  EXPECT_EQ(line->operands, Words{"dftp://h/a"});
}

TEST(Options, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(parse_command_line({"--help"}, Preferences())->help);
  EXPECT_TRUE(parse_command_line({"get", "-h"}, Preferences())->help);
  EXPECT_TRUE(parse_command_line({"ls", "--help"}, Preferences())->help);
  EXPECT_TRUE(parse_command_line({"--version"}, Preferences())->version);
  EXPECT_TRUE(parse_command_line({}, Preferences())->operands.empty());
}

TEST(Options, InASessionAVerbHasItsOwnOnly) {
  const Verb& get = *find_verb("get");
  const auto parsed = parse_verb_words(get, {"-r", "a", "--md5", "b"});
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->flags.recursive);
  EXPECT_TRUE(parsed->flags.md5);
  EXPECT_EQ(parsed->operands, (Words{"a", "b"}));
  EXPECT_FALSE(parse_verb_words(get, {"--json", "a"}));
  EXPECT_FALSE(parse_verb_words(get, {"-l", "a"}));
}

TEST(Verbs, AreFoundByNameAndAlias) {
  for (const Verb& verb : all_verbs()) EXPECT_EQ(find_verb(verb.name), &verb);
  EXPECT_EQ(find_verb("dir"), find_verb("ls"));
  for (const std::string_view name : {"bye", "exit"}) EXPECT_EQ(find_verb(name), find_verb("quit")) << name;
  EXPECT_EQ(find_verb("quit bye"), nullptr);
  EXPECT_EQ(find_verb(""), nullptr);
}

TEST(Help, NamesEveryVerbAndEachOfItsOptions) {
  for (const Verb& verb : all_verbs()) {
    const std::string name = "  " + std::string(verb.name) + " ";
    EXPECT_NE(session_help_of_all().find(name), std::string::npos) << verb.name;
    EXPECT_EQ(program_help().find(name) != std::string::npos, verb.scope == Scope::anywhere) << verb.name;
    EXPECT_NE(verb_help(verb).find(filled(verb.summary)), std::string::npos);
    for (std::string_view rest = verb.options; !rest.empty();) {
      const std::string_view option = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(option.size() + 1, rest.size()));
      EXPECT_NE(verb_help(verb).find("--" + std::string(option)), std::string::npos) << verb.name << " " << option;
    }
  }
}

TEST(Help, NamesEveryOptionOfTheProgram) {
  for (const char* option : {"--password-file", "--key", "--accept-new", "--fingerprint", "--ca", "--plain-data",
                             "--retries", "--quiet", "--json", "--help", "--version"}) {
    EXPECT_NE(program_help().find(option), std::string::npos) << option;
  }
}

TEST(Letters, AreTheVerbsOwnWhereItHasThem) {
  const auto line = parse_command_line({"ls", "-lhr", "dftp://h/"}, Preferences());
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->flags.details && line->flags.human && line->flags.reverse);
  EXPECT_FALSE(line->help || line->flags.recursive);
  EXPECT_TRUE(parse_command_line({"rm", "-r", "dftp://h/a"}, Preferences())->flags.recursive);
}

TEST(VerbWords, HavePlainValuesAndOperandsThatMayBePatterns) {
  const auto parsed = parse_verb_words(*find_verb("get"), {"--overwrite", "ne\\ver", "*.iso", "\\*"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->flags.overwrite, Overwrite::never);
  EXPECT_EQ(parsed->operands, (std::vector<std::string>{"*.iso", "\\*"}));
}

}  // namespace
}  // namespace dftp::cli
