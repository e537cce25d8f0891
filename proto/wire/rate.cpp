#include "proto/wire/rate.h"

#include <charconv>

namespace dftp {

Result<std::uint64_t> parse_rate(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  constexpr std::string_view units = "KMG";
  const std::size_t power = unit.size() == 1 ? units.find(unit) + 1 : 0;  // npos + 1 is 0
  const std::uint64_t factor = 1ull << (10 * power);
  const bool known = error == std::errc() && (unit.empty() || power > 0);
  if (known && number <= max_rate / factor && number * factor >= least_rate) return number * factor;
  return fail(Code::usage, "", "takes " + std::string(rate_words));
}

}  // namespace dftp
