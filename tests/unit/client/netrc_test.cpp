#include "client/netrc.h"

#include <gtest/gtest.h>

namespace dftp::client {
namespace {

std::string password_for(std::string_view text, std::string_view host, std::string_view user = {}) {
  const auto found = find_netrc(parse_netrc(text), host, user);
  return found ? found->password : "(none)";
}

constexpr std::string_view file = R"(
machine one.example login ann password one
machine two.example
    login ben
    account ignored
    password two
machine two.example login cid password three
default login anonymous password any
)";

TEST(Netrc, FindsTheHost) {
  EXPECT_EQ(password_for(file, "one.example"), "one");
  EXPECT_EQ(password_for(file, "two.example"), "two");
  EXPECT_EQ(find_netrc(parse_netrc(file), "two.example", "")->login, "ben");
}

TEST(Netrc, GivenUserChoosesAmongEntries) {
  EXPECT_EQ(password_for(file, "two.example", "cid"), "three");
  EXPECT_EQ(password_for(file, "one.example", "ben"), "(none)");
}

TEST(Netrc, DefaultIsForAnyOtherHost) {
  EXPECT_EQ(password_for(file, "elsewhere"), "any");
  EXPECT_EQ(password_for(file, "elsewhere", "anonymous"), "any");
}

TEST(Netrc, EntryWithoutLoginFitsAnyUser) {
  EXPECT_EQ(password_for("machine h password p", "h", "ann"), "p");
}

TEST(Netrc, EntryWithoutPasswordIsPassedOver) {
  EXPECT_EQ(password_for("machine h login ann machine h password p", "h"), "p");
}

TEST(Netrc, CommentsAreSkippedButPasswordsMayBeginLikeOne) {
  EXPECT_EQ(password_for("# machine h password no\nmachine h password #yes", "h"), "#yes");
}

TEST(Netrc, QuotedWordsHoldSpaces) {
  EXPECT_EQ(password_for(R"(machine h login "an n" password "a b\"c\\")", "h", "an n"), "a b\"c\\");
}

TEST(Netrc, MacroIsSkippedUpToTheEmptyLine) {
  EXPECT_EQ(
      password_for("machine h login ann\nmacdef init\nmachine h password no\ncd /\n\nmachine h password p\n", "h"),
      "p");
}

TEST(Netrc, CutTextsDoNoHarm) {
  for (std::size_t size = 0; size < file.size(); ++size) parse_netrc(file.substr(0, size));
  EXPECT_EQ(password_for("machine h password", "h"), "(none)");
  EXPECT_EQ(password_for("password p login x", "h"), "(none)");
  EXPECT_EQ(password_for("machine h password \"open", "h"), "open");
}

}  // namespace
}  // namespace dftp::client
