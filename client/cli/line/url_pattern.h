// Patterns in URLs. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dftp::cli {

// A URL in two: the server, and the path as a word of client/cli/line/words.h, with what was percent-encoded quoted.
struct UrlPattern {
  std::string server;
  std::string path;
};
// nullopt when no * ? or [ stands in the path.
std::optional<UrlPattern> pattern_in(std::string_view url);

}  // namespace dftp::cli
