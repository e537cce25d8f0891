// The command line of dftp_link.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "tests/support/link_queue.h"

namespace dftp::test {

struct LinkOptions {
  LinkShape shape;  // of each direction
  std::uint64_t seed = 1;
};

extern const char* const link_usage;

// Without --queue it is what the line holds in one round trip, and at least 1 MiB. An error is in words for people.
std::expected<LinkOptions, std::string> parse_link_options(std::span<const char* const> arguments);

}  // namespace dftp::test
