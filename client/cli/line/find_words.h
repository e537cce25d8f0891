// What the words of find mean. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::cli {

// "+10M": larger than that, "-4k": smaller, "100": exactly; k, M, G and T are powers of 1024. Both ends count.
struct SizeRange {
  std::optional<std::uint64_t> least, max;
};
Result<SizeRange> parse_size_range(std::string_view text);

// "30m", "12h", "7d": so long before `now`; "2024-03-01", "2024-03-01 12:34", "2024-03-01 12:34:56" in the local time
// zone. Nanoseconds since 1970.
Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now);

}  // namespace dftp::cli
