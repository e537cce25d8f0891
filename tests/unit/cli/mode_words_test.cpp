#include "client/cli/line/mode_words.h"

#include <gtest/gtest.h>

namespace dftp::cli {
namespace {

TEST(ModeWords, say_what_becomes_of_a_mode) {
  struct Case {
    const char* text;
    std::uint32_t before;
    bool directory;
    std::uint32_t after;
  };
  const Case cases[] = {
      {"644", 0777, false, 0644},       {"0", 0777, false, 0},
      {"+x", 0644, false, 0755},        {"-w", 0666, false, 0444},
      {"u+x", 0644, false, 0744},       {"go-rwx", 0755, false, 0700},
      {"u=rw,go=r", 0777, false, 0644}, {"a=rx", 0, false, 0555},
      {"o=", 0777, false, 0770},        {"u+x-w", 0644, false, 0544},
      {"a+X", 0644, false, 0644},       {"a+X", 0644, true, 0755},
      {"a+X", 0744, false, 0755},       {"ug+rw,o-rwx", 0405, false, 0660},
      {"u+x,a+X", 0644, false, 0755},   {"=", 0777, false, 0},
      {"+x", 04644, false, 0755},
  };
  for (const auto& [text, before, directory, after] : cases) {
    const auto change = ModeChange::parse(text);
    ASSERT_TRUE(change) << text;
    EXPECT_EQ(change->apply(before, directory), after) << text;
  }
}

TEST(ModeWords, only_a_number_needs_no_mode_before) {
  EXPECT_FALSE(ModeChange::parse("755")->is_relative());
  EXPECT_TRUE(ModeChange::parse("u=rw")->is_relative());
}

TEST(ModeWords, anything_else_is_refused) {
  for (const auto* text :
       {"", "8", "1777", "x", "u", "+s", "+t", "u+x,", ",u+x", "q+x", "u+x go", "7 ", "u+rq", "++x,", "755x"}) {
    const auto change = ModeChange::parse(text);
    ASSERT_FALSE(change) << text;
    EXPECT_EQ(change.error().code, Code::usage);
    EXPECT_FALSE(change.error().where.empty());
  }
}

}  // namespace
}  // namespace dftp::cli
