#include "client/cli/view/exit_code.h"

#include <gtest/gtest.h>

#include <map>

#include "client/cli/verbs/verbs.h"
#include "client/cli/view/advice.h"
#include "client/cli/view/console.h"

namespace dftp::cli {
namespace {

// The documented numbers; every code that has none of its own is 1.
const std::map<Code, int> documented = {
    {Code::usage, 2},          {Code::unreachable, 3}, {Code::disconnected, 3}, {Code::timed_out, 3},
    {Code::shutting_down, 3},  {Code::protocol, 3},    {Code::identity, 4},     {Code::login_failed, 5},
    {Code::login_required, 5}, {Code::not_found, 6},   {Code::denied, 7},       {Code::read_only, 7},
    {Code::outside_root, 7},   {Code::no_space, 8},    {Code::quota, 8},        {Code::integrity, 9},
    {Code::changed, 10},       {Code::exists, 11},     {Code::cancelled, 130},  {Code::special_file, 0},
    {Code::time_changed, 0},
};

TEST(ExitCode, EveryCodeHasTheDocumentedOne) {
  for (int number = 0; number <= static_cast<int>(Code::time_changed); ++number) {
    const Code code = static_cast<Code>(number);
    const auto found = documented.find(code);
    EXPECT_EQ(exit_code(code), found == documented.end() ? 1 : found->second) << name_of(code);
  }
}

TEST(ExitCode, NothingFurtherCanBeDoneWithoutAServer) {
  for (const Code code : {Code::unreachable, Code::identity, Code::login_failed, Code::cancelled}) {
    EXPECT_TRUE(ends_session(Error{.code = code})) << name_of(code);
  }
  for (const Code code : {Code::not_found, Code::usage, Code::no_space, Code::io}) {
    EXPECT_FALSE(ends_session(Error{.code = code})) << name_of(code);
  }
  EXPECT_TRUE(ends_session(exit_terminated));
}

TEST(ErrorLine, SaysWhatWhyAndWhatToDo) {
  EXPECT_EQ(error_line({Code::busy, "", "/a", "another upload is running"}),
            "dftp-cli: /a: another upload is running; try again later");
}

// What only the error's own detail can know is left to it.
TEST(ErrorLine, SaysWhatToDoAboutWhatPeopleMeet) {
  for (const Code code : {Code::login_failed, Code::denied, Code::read_only, Code::not_found, Code::exists,
                          Code::is_directory, Code::not_directory, Code::not_empty, Code::name_too_long,
                          Code::invalid_name, Code::outside_root, Code::no_space, Code::quota, Code::busy,
                          Code::changed, Code::integrity, Code::timed_out, Code::disconnected, Code::unreachable}) {
    EXPECT_NE(error_line({code, "", "/a", "why"}).find("; "), std::string::npos) << name_of(code);
  }
}

TEST(ErrorLine, LeavesTheAdviceToADetailThatHasSome) {
  EXPECT_EQ(error_line({Code::busy, "", "/a", "another upload is running; wait for bob"}),
            "dftp-cli: /a: another upload is running; wait for bob");
}

TEST(Advice, FitsTheVerbAndNeverDestroysMoreThanWasAskedFor) {
  for (const Verb& verb : all_verbs()) {
    for (int number = 0; number <= static_cast<int>(Code::time_changed); ++number) {
      const std::string_view text = advice(static_cast<Code>(number), &verb);
      for (const std::string_view harm : {"rm -r", "replace", "remove", "delete", "force"}) {
        const bool of_rm = verb.name == "rm" && harm == "remove";
        EXPECT_TRUE(of_rm || text.find(harm) == text.npos) << verb.name << ": " << text;
      }
    }
  }
  EXPECT_EQ(advice(Code::not_empty, find_verb("mv")), "give another name");
  EXPECT_NE(advice(Code::disconnected, find_verb("exec")), advice(Code::disconnected, find_verb("get")));
}

TEST(ErrorLine, IsOneLineWhateverTheNameHolds) {
  EXPECT_EQ(error_line({Code::not_found, "ENOENT", "/a\nb\x1b[2J", "no such file"}),
            "dftp-cli: /a\\x0ab\\x1b[2J: no such file; check the name");
}

}  // namespace
}  // namespace dftp::cli
