#include "server/auth/first_user.h"

#include <cstdlib>
#include <set>

#include "server/auth/authenticator.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

struct FirstStart : testing::Test {
  TemporaryDirectory directory;
  std::filesystem::path state = directory / "state";
  std::string user_before = std::getenv("USER") ? std::getenv("USER") : "";

  ~FirstStart() override { ::setenv("USER", user_before.c_str(), 1); }
};

TEST_F(FirstStart, makes_a_user_who_can_log_in_and_write) {
  ::setenv("USER", "zoe", 1);
  const auto first = make_first_user(state);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->name, "zoe");
  const auto login = Authenticator(state, {}).login({"password", "zoe", (*first)->password, "", ""}, {});
  ASSERT_TRUE(login) << describe(login.error());
  EXPECT_TRUE(login->write);
  EXPECT_TRUE(login->home.is_root());
}

TEST_F(FirstStart, takes_a_plain_name_where_the_environment_has_none) {
  for (const char* name : {"", "a b", "anonymous"}) {
    ::setenv("USER", name, 1);
    const TemporaryDirectory fresh;
    const auto first = make_first_user(fresh.path());
    ASSERT_TRUE(first && *first) << name;
    EXPECT_EQ((*first)->name, "dftp");
  }
}

TEST_F(FirstStart, makes_nobody_where_somebody_is) {
  ASSERT_TRUE(make_first_user(state).value());
  const std::string before = content_of(state / "users.toml");
  EXPECT_FALSE(make_first_user(state).value());
  EXPECT_EQ(content_of(state / "users.toml"), before);
}

TEST_F(FirstStart, makes_nobody_over_a_broken_file) {
  ASSERT_TRUE(make_state(state));
  write_to(state / "users.toml", "broken");
  EXPECT_TRUE(fails_with(make_first_user(state), Code::usage));
  EXPECT_EQ(content_of(state / "users.toml"), "broken");
}

TEST_F(FirstStart, gives_a_password_that_can_be_read_aloud_and_not_guessed) {
  std::set<std::string> passwords;
  for (int i = 0; i < 5; ++i) {
    const auto first = make_first_user(directory / std::to_string(i)).value();
    EXPECT_GE(first->password.size(), 16u);
    EXPECT_EQ(first->password.find_first_not_of("abcdefghijkmnpqrstuvwxyz23456789-"), std::string::npos);
    passwords.insert(first->password);
  }
  EXPECT_EQ(passwords.size(), 5u);
}

}  // namespace
}  // namespace dftp::server
