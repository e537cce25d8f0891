#include "client/cli/line/preferences.h"

#include <gtest/gtest.h>

namespace dftp::cli {
namespace {

using namespace std::chrono_literals;

Preferences parsed(std::string_view text) {
  auto preferences = Preferences::parse(text, "config");
  EXPECT_TRUE(preferences) << (preferences ? "" : describe(preferences.error()));
  return preferences.value_or(Preferences());
}

constexpr std::string_view example = R"(# of all
retries 3
alias ll ls -l
Alias photos get -r
Host nas
    HostName nas.example.org
    Port 2122
    User ann
    Directory /photos
    key "/keys/with blank"
    PlainData yes
Host nas backup-* !backup-old
    User backup
    Key /keys/second
    LimitRate 10M
    connect-timeout 7
Host *
    User everybody
    PlainData no
)";

TEST(Preferences, of_a_server_are_the_first_of_each_that_match) {
  const Preferences preferences = parsed(example);
  const HostPreferences nas = preferences.of("nas");
  EXPECT_EQ(nas.endpoint->host, "nas.example.org");
  EXPECT_EQ(nas.port, 2122);
  EXPECT_EQ(nas.user, "ann");
  EXPECT_EQ(nas.directory->absolute(), "/photos");
  EXPECT_EQ(nas.settings.keys, (std::vector<std::string>{"/keys/with blank", "/keys/second"}));
  EXPECT_TRUE(nas.settings.plain_data);
  EXPECT_EQ(nas.settings.limit_rate, 10u << 20);
  EXPECT_EQ(nas.settings.connect_timeout, 7s);
  EXPECT_EQ(nas.settings.retries, 3);
  EXPECT_EQ(preferences.of("backup-1").user, "backup");
  EXPECT_EQ(preferences.of("backup-old").user, "everybody");
  EXPECT_EQ(preferences.of("other").settings.retries, 3);
  EXPECT_FALSE(preferences.of("other").settings.plain_data);
}

TEST(Preferences, what_is_no_comes_before_a_later_yes) {
  EXPECT_FALSE(parsed("Host a\nPlainData no\nHost *\nPlainData yes\n").of("a").settings.plain_data);
}

TEST(Preferences, know_the_names_without_patterns) {
  const Preferences preferences = parsed(example);
  EXPECT_EQ(preferences.hosts(), std::vector<std::string>{"nas"});
  EXPECT_TRUE(preferences.knows("nas"));
  EXPECT_FALSE(preferences.knows("backup-1"));
  EXPECT_EQ(*preferences.alias("ll"), (std::vector<std::string>{"ls", "-l"}));
  EXPECT_EQ(preferences.alias("lll"), nullptr);
}

TEST(Preferences, say_which_line_is_wrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"Prot 1", "config:1"},
      {"\nHost", "config:2"},
      {"Host a\nPort 0", "config:2"},
      {"Port 70000", "config:1"},
      {"Retries many", "config:1"},
      {"PlainData maybe", "config:1"},
      {"User a b", "config:1"},
      {"Alias ll", "config:1"},
      {"alias a ls\nalias a ls -l", "config:2"},
      {"User \"", "config:1"},
      {"User ''", "config:1"},
      {"HostName a:b:c", "config:1"},
      {"Fingerprint MD5:1", "config:1"},
      {"User a; Port 1", "config:1"},
      {"json yes", "config:1"},
      {std::string_view("\xff\xfeH", 3).data(), "config:1"},
  };
  for (const auto& [text, where] : cases) {
    const auto preferences = Preferences::parse(text, "config");
    ASSERT_FALSE(preferences) << text;
    EXPECT_EQ(preferences.error().code, Code::usage) << text;
    EXPECT_EQ(preferences.error().where, where) << text;
  }
}

TEST(Preferences, the_command_line_comes_first) {
  Settings typed;
  typed.fingerprint = "typed";
  typed.retries = 0;
  typed.keys = {"typed"};
  Settings host;
  host.fingerprint = "host";
  host.retries = 5;
  host.keys = {"host"};
  host.password_file = "host";
  host.accept_new = true;
  const Settings both = with_defaults(typed, host);
  EXPECT_EQ(both.fingerprint, "typed");
  EXPECT_EQ(both.retries, 0);
  EXPECT_EQ(both.keys, (std::vector<std::string>{"typed", "host"}));
  EXPECT_EQ(both.password_file, "host");
  EXPECT_TRUE(both.accept_new);
}

TEST(Preferences, lead_a_name_to_its_server) {
  const Preferences preferences = parsed(example);
  struct Case {
    const char *text, *server, *user, *path;
  };
  const Case cases[] = {
      {"nas", "nas.example.org:2122", "ann", "/"},
      {"bob@nas/a", "nas.example.org:2122", "bob", "/a"},
      {"dftp://nas:99/a", "nas.example.org:99", "ann", "/a"},
      {"nas:a/b", "nas.example.org:2122", "ann", "/a/b"},
      {"host/a", "host:2121", "everybody", "/a"},
  };
  for (const auto& [text, server, user, path] : cases) {
    const auto location = locate(text, preferences);
    ASSERT_TRUE(location) << text;
    EXPECT_EQ(location->place.endpoint.text(), server) << text;
    EXPECT_EQ(location->place.user, user) << text;
    EXPECT_EQ(location->path.absolute(), path) << text;
  }
  EXPECT_TRUE(may_be_server("nas", preferences));
  EXPECT_TRUE(may_be_server("nas/a", preferences));
  EXPECT_TRUE(may_be_server("x:", preferences));
  EXPECT_FALSE(may_be_server("x", preferences));
  EXPECT_FALSE(may_be_server("./nas", preferences));
}

TEST(Preferences, lead_to_a_socket) {
  const auto location = locate("here/a", parsed("Host here\nHostName unix:/run/dftp.sock\nUser ann\n"));
  ASSERT_TRUE(location);
  EXPECT_EQ(location->place.endpoint.unix_socket, "/run/dftp.sock");
  EXPECT_EQ(location->path.absolute(), "/a");
}

}  // namespace
}  // namespace dftp::cli
