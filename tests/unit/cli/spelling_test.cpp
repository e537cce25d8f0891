#include "client/cli/line/spelling.h"

#include <gtest/gtest.h>

namespace dftp::cli {
namespace {

TEST(Spelling, finds_what_was_meant) {
  const std::vector<std::string_view> known = {"ls", "get", "put", "mkdir", "discover", "history", "rm", "mv"};
  const std::pair<const char*, const char*> cases[] = {
      {"sl", "ls"},   {"lst", "ls"},   {"gte", "get"},         {"mkidr", "mkdir"}, {"discvoer", "discover"},
      {"pit", "put"}, {"GET", "get"},  {"histroy", "history"}, {"x", ""},          {"frobnicate", ""},
      {"", ""},       {"putt", "put"}, {"mkdirs", "mkdir"},    {"zz", ""},         {"r", ""},
  };
  for (const auto& [typed, meant] : cases) EXPECT_EQ(nearest(typed, known), meant) << typed;
  EXPECT_EQ(nearest(std::string(100'000, 'a'), known), "");
  EXPECT_EQ(meant_instead("gte", known), "; did you mean get?");
  EXPECT_EQ(meant_instead("frobnicate", known), "");
}

}  // namespace
}  // namespace dftp::cli
