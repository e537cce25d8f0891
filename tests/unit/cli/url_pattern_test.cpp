#include "client/cli/line/url_pattern.h"

#include <gtest/gtest.h>

namespace dftp::cli {
namespace {

TEST(UrlPattern, is_split_into_server_and_path) {
  struct Case {
    const char *url, *server, *path;
  };
  const Case cases[] = {
      {"dftp://h/a/*.jpg", "dftp://h", "/a/*.jpg"},
      {"dftp://ann@h:2122/a?", "dftp://ann@h:2122", "/a?"},
      {"dftp://h/[ab]", "dftp://h", "/[ab]"},
      {"dftp://[::1]:2122/*", "dftp://[::1]:2122", "/*"},
      {"dftp://h/%2a/*", "dftp://h", "/\\*/*"},
      {"dftp+unix:///run/s:/*.c", "dftp+unix:///run/s:", "/*.c"},
      {"ann@h:a/*", "ann@h:", "a/*"},
      {"h:2122/a*", "h:2122", "/a*"},
      {"nas/a*", "nas", "/a*"},
  };
  for (const auto& [url, server, path] : cases) {
    const auto pattern = pattern_in(url);
    ASSERT_TRUE(pattern) << url;
    EXPECT_EQ(pattern->server, server) << url;
    EXPECT_EQ(pattern->path, path) << url;
  }
}

TEST(UrlPattern, is_none_without_a_character_of_patterns_in_the_path) {
  for (const auto* url : {"dftp://h/a", "dftp://[::1]/a", "dftp://h/%2A%3f%5b", "h:", "", "dftp+unix:///run/s*:/a"})
    EXPECT_FALSE(pattern_in(url)) << url;
}

}  // namespace
}  // namespace dftp::cli
