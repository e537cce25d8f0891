// A rate in a configuration file.
#pragma once

#include "server/toml/toml.h"

namespace dftp::server::toml {

// Bytes a second, from a text as parse_rate() takes it, or a number. Code::usage with "must be ..." as the detail.
Result<std::uint64_t> rate_in(const Value& value);

}  // namespace dftp::server::toml
