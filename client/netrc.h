// ~/.netrc: "machine HOST login USER password PASS", "default login ...". Tokens are separated by white space and may
// be quoted; "macdef" runs to the next empty line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::client {

struct NetrcEntry {
  std::string machine;  // empty: default
  std::string login;
  std::string password;
};

// Unknown words are skipped.
std::vector<NetrcEntry> parse_netrc(std::string_view text);

// The first entry for this host (or the default) that has a password and, when `user` is not empty, that login or none.
std::optional<NetrcEntry> find_netrc(const std::vector<NetrcEntry>& entries, std::string_view host,
                                     std::string_view user);

}  // namespace dftp::client
