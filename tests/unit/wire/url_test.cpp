#include "proto/wire/url.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

struct Good {
  std::string_view text;
  Endpoint endpoint;
  std::string user, path;
  bool directory;
  std::string_view canonical;  // empty: the same as `text`
};

const Good good_urls[] = {
    {"dftp://host/a/b", {"host", 2121, ""}, "", "/a/b", false, ""},
    {"dftp://host", {"host", 2121, ""}, "", "/", true, "dftp://host/"},
    {"dftp://host/", {"host", 2121, ""}, "", "/", true, ""},
    {"dftp://host/a/", {"host", 2121, ""}, "", "/a", true, ""},
    {"dftp://host:99/a", {"host", 99, ""}, "", "/a", false, ""},
    {"dftp://host:2121/a", {"host", 2121, ""}, "", "/a", false, "dftp://host/a"},
    {"dftp://alice@10.0.0.1/a", {"10.0.0.1", 2121, ""}, "alice", "/a", false, ""},
    {"dftp://a%20b%3Ac@host/", {"host", 2121, ""}, "a b:c", "/", true, "dftp://a%20b%3ac@host/"},
    {"dftp://alice@corp@host/", {"host", 2121, ""}, "alice@corp", "/", true, "dftp://alice%40corp@host/"},
    {"dftp://@host/", {"host", 2121, ""}, "", "/", true, "dftp://host/"},
    {"dftp://[::1]/a", {"::1", 2121, ""}, "", "/a", false, ""},
    {"dftp://bob@[2001:db8::7]:5/a", {"2001:db8::7", 5, ""}, "bob", "/a", false, ""},
    {"dftp://[fe80::1%25eth0]:5/a", {"fe80::1%eth0", 5, ""}, "", "/a", false, ""},
    {"dftp://host/a%20b%25", {"host", 2121, ""}, "", "/a b%", false, ""},
    {"dftp://host/a b?c#d", {"host", 2121, ""}, "", "/a b?c#d", false, "dftp://host/a%20b%3fc%23d"},
    {"dftp://host/%ff%0a", {"host", 2121, ""}, "", "/\xff\n", false, ""},
    {"dftp://host/a@b:c", {"host", 2121, ""}, "", "/a@b:c", false, "dftp://host/a%40b%3ac"},
    {"dftp://host//a//b", {"host", 2121, ""}, "", "/a/b", false, "dftp://host/a/b"},
    {"dftp+unix:///run/dftp.sock:/path", {"", 2121, "/run/dftp.sock"}, "", "/path", false, ""},
    {"dftp+unix:///run/dftp.sock", {"", 2121, "/run/dftp.sock"}, "", "/", true, "dftp+unix:///run/dftp.sock:/"},
    {"dftp+unix:///run/dftp.sock:", {"", 2121, "/run/dftp.sock"}, "", "/", true, "dftp+unix:///run/dftp.sock:/"},
    {"dftp+unix://bob@/run/s:/d/", {"", 2121, "/run/s"}, "bob", "/d", true, ""},
    {"dftp+unix:///run/a%3Ab:/c:d", {"", 2121, "/run/a:b"}, "", "/c:d", false, "dftp+unix:///run/a%3ab:/c%3ad"},
};

TEST(Url, is_taken_apart_and_put_together) {
  for (const Good& good : good_urls) {
    SCOPED_TRACE(good.text);
    const auto url = Url::parse(good.text);
    ASSERT_TRUE(url) << describe(url.error());
    EXPECT_EQ(url->endpoint, good.endpoint);
    EXPECT_EQ(url->user, good.user);
    EXPECT_EQ(url->path.absolute(), good.path);
    EXPECT_EQ(url->directory, good.directory);
    EXPECT_EQ(url->text(), good.canonical.empty() ? good.text : good.canonical);
  }
}

TEST(Url, its_own_text_means_the_same) {
  for (const Good& good : good_urls) {
    const Url url = Url::parse(good.text).value();
    const Url again = Url::parse(url.text()).value();
    EXPECT_EQ(again.endpoint, url.endpoint) << good.text;
    EXPECT_EQ(again.user, url.user) << good.text;
    EXPECT_EQ(again.path, url.path) << good.text;
    EXPECT_EQ(again.directory, url.directory) << good.text;
  }
}

struct Bad {
  std::string_view text, detail;  // detail: a part of it
  Code code = Code::usage;
};

TEST(Url, says_what_is_wrong) {
  const std::string long_socket = "dftp+unix:///" + std::string(107, 's');
  const std::string long_host = "dftp://" + std::string(254, 'h') + "/";
  const Bad cases[] = {
      {"", "must begin with"},
      {"ftp://host/", "must begin with"},
      {"/local/file", "must begin with"},
      {"dftp://", "host is missing"},
      {"dftp:///path", "host is missing"},
      {"dftp://:21/", "host is missing"},
      {"dftp://user@/", "host is missing"},
      {"dftp://ho st/", "not a host name"},
      {"dftp://host?x", "not a host name"},
      {"dftp://h\xc3\xb6st/", "not a host name"},
      {long_host, "not a host name"},
      {"dftp://unix:22/", "stands for a socket"},
      {"dftp://host:/", "a port is"},
      {"dftp://host:65536/", "a port is"},
      {"dftp://host:-1/", "a port is"},
      {"dftp://host:+1/", "a port is"},
      {"dftp://host:22x/", "a port is"},
      {"dftp://host:99999999999999999999/", "a port is"},
      {"dftp://host:0/", "port 0"},
      {"dftp://::1/", "brackets"},
      {"dftp://[::1/", "brackets"},
      {"dftp://[]/", "brackets"},
      {"dftp://[host]/", "brackets"},
      {"dftp://[1.2.3.4]/", "brackets"},
      {"dftp://[::1%00x]/", "brackets"},
      {"dftp://[fe80::1%25]/", "brackets"},
      {"dftp://[::1]22/", "only a port"},
      {"dftp://host/%", "two hexadecimal digits"},
      {"dftp://host/%4", "two hexadecimal digits"},
      {"dftp://host/%zz", "two hexadecimal digits"},
      {"dftp://us%0aer@host/", "not a user name"},
      {"dftp://us%ffer@host/", "not a user name"},
      {"dftp://host/a/../b", "not a name", Code::invalid_name},
      {"dftp://host/%2e%2e/b", "not a name", Code::invalid_name},
      {"dftp://host/a%00", "NUL", Code::invalid_name},
      {"dftp+unix://", "socket is missing"},
      {"dftp+unix://run/s:/p", "begins with '/'"},
      {"dftp+unix:///run/s:p", "%3A"},
      {"dftp+unix:///run/%00s", "NUL"},
      {long_socket, "107"},
  };
  for (const auto& [text, detail, code] : cases) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_TRUE(fails_with(url, code)) << text;
    EXPECT_NE(url.error().detail.find(detail), std::string::npos) << text << " -> " << url.error().detail;
    EXPECT_FALSE(url.error().where.empty()) << text;
  }
}

TEST(Url, a_password_is_refused_and_never_repeated) {
  for (const auto* text : {"dftp://bob:secret@host/a", "dftp://bob:se@secret@host/", "dftp+unix://bob:secret@/run/s:/",
                           "dftp://bob:@host/"}) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    ASSERT_TRUE(fails_with(url, Code::usage));
    EXPECT_NE(url.error().detail.find("password does not belong in a URL"), std::string::npos) << url.error().detail;
    EXPECT_EQ(describe(url.error()).find("secret"), std::string::npos) << describe(url.error());
  }
}

TEST(Url, a_password_with_a_slash_is_not_repeated_either) {
  const auto url = Url::parse("dftp://bob:sec/ret@host/a");
  ASSERT_FALSE(url);
  EXPECT_EQ(describe(url.error()).find("sec"), std::string::npos) << describe(url.error());
}

TEST(Url, the_scheme_may_be_left_out) {
  const std::pair<const char*, const char*> cases[] = {
      {"host", "dftp://host/"},
      {"ann@host", "dftp://ann@host/"},
      {"ann@host:2122", "dftp://ann@host:2122/"},
      {"host:2122/a/b", "dftp://host:2122/a/b"},
      {"host/a b/", "dftp://host/a%20b/"},
      {"host:a/b", "dftp://host/a/b"},
      {"ann@host:/a", "dftp://ann@host/a"},
      {"host:", "dftp://host/"},
      {"[::1]:2122/a", "dftp://[::1]:2122/a"},
      {"[::1]:a", "dftp://[::1]/a"},
      {"dftp://host:2122/a", "dftp://host:2122/a"},
      {"dftp+unix:///run/s:/a", "dftp+unix:///run/s:/a"},
  };
  for (const auto& [text, full] : cases) {
    const auto url = Url::parse_short(text);
    ASSERT_TRUE(url) << text << ": " << describe(url.error());
    EXPECT_EQ(url->text(), full) << text;
  }
  for (const auto* text :
       {"", "/a", "::1", "a b", "host:99999", "@", ":/a", "host:70000/a", "http://h/a", "sftp://ann@h:/a"})
    EXPECT_TRUE(fails_with(Url::parse_short(text), Code::usage)) << text;
}

TEST(Url, a_password_without_a_scheme_is_refused_and_never_repeated) {
  for (const auto* text : {"bob:secret@host", "bob:secret@host:/a", "bob:sec/ret@host/a"}) {
    const auto url = Url::parse_short(text);
    ASSERT_TRUE(fails_with(url, Code::usage)) << text;
    EXPECT_EQ(describe(url.error()).find("ret"), std::string::npos) << describe(url.error());
    EXPECT_NE(describe(url.error()).find("bob"), std::string::npos) << describe(url.error());
  }
}

TEST(Url, a_server_is_told_from_a_path_here) {
  for (const auto* text : {"dftp://h", "ann@h", "h:", "h:2121/a", "ann@h/a"})
    EXPECT_TRUE(Url::names_server(text)) << text;
  for (const auto* text : {"", "h", "a/b", "./a:b", "a/b@c", "/a:b"}) EXPECT_FALSE(Url::names_server(text)) << text;
}

TEST(Url, is_told_from_a_local_name) {
  EXPECT_TRUE(Url::looks_like("dftp://"));
  EXPECT_TRUE(Url::looks_like("dftp+unix:///s"));
  for (const auto* text : {"", "dftp", "dftp:/x", "./dftp://x", "http://x", "host:/path"}) {
    EXPECT_FALSE(Url::looks_like(text)) << text;
  }
}

TEST(Endpoint, is_parsed_and_written) {
  struct Case {
    std::string_view text;
    Endpoint endpoint;
    std::string_view written;
  };
  const Case cases[] = {
      {"host", {"host", 2121, ""}, "host:2121"},
      {"0.0.0.0:0", {"0.0.0.0", 0, ""}, "0.0.0.0:0"},
      {"host:65535", {"host", 65535, ""}, "host:65535"},
      {"unix.:1", {"unix.", 1, ""}, "unix.:1"},
      {"[::]:21", {"::", 21, ""}, "[::]:21"},
      {"[::1]", {"::1", 2121, ""}, "[::1]:2121"},
      {"[fe80::1%eth0]:1", {"fe80::1%eth0", 1, ""}, "[fe80::1%eth0]:1"},
      {"unix:/run/dftp.sock", {"", 2121, "/run/dftp.sock"}, "unix:/run/dftp.sock"},
      {"unix:here:now", {"", 2121, "here:now"}, "unix:here:now"},
  };
  for (const auto& [text, endpoint, written] : cases) {
    const auto parsed = parse_endpoint(text);
    ASSERT_TRUE(parsed) << text << ": " << describe(parsed.error());
    EXPECT_EQ(*parsed, endpoint) << text;
    EXPECT_EQ(parsed->is_unix(), !endpoint.unix_socket.empty());
    EXPECT_EQ(parsed->text(), written);
  }
}

TEST(Endpoint, nonsense_is_refused_with_its_text) {
  for (const auto* text :
       {"", ":21", "host:", "host:x", "host:65536", "::1", "::1:21", "[::1", "[x]:1", "a b", "unix:"}) {
    const auto parsed = parse_endpoint(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(fails_with(parsed, Code::usage)) << text;
    EXPECT_EQ(parsed.error().where, text);
  }
  EXPECT_FALSE(parse_endpoint("unix:" + std::string(108, 's')));
  EXPECT_TRUE(parse_endpoint("unix:" + std::string(107, 's')));
}

}  // namespace
}  // namespace dftp
