// How fast data may go, as people write it. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp {

inline constexpr std::uint64_t least_rate = 1024, max_rate = 1ull << 40;  // bytes a second
// What parse_rate() takes, for an error: "takes ...", "must be ...".
inline constexpr std::string_view rate_words = "bytes a second from 1K to 1024G, such as 500K, 10M or 1G";

// K, M and G are powers of 1024. Code::usage.
Result<std::uint64_t> parse_rate(std::string_view text);

}  // namespace dftp
