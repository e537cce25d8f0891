#include "client/cli/line/find_words.h"

#include <charconv>
#include <ctime>
#include <string>

#include "proto/wire/time_ns.h"

namespace dftp::cli {
namespace {

constexpr std::int64_t second = 1'000'000'000;

// The number at the beginning of `text`, which loses it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<std::uint64_t> unit_of(std::string_view text) {
  if (text.empty()) return 1;
  const std::size_t power = std::string_view("kMGT").find(text[0] == 'K' ? 'k' : text[0]);
  if (text.size() > 1 || power == std::string_view::npos) return std::nullopt;
  return std::uint64_t{1} << (10 * (power + 1));
}

std::optional<std::int64_t> seconds_in(std::string_view unit) {
  if (unit == "s") return 1;
  if (unit == "m") return 60;
  if (unit == "h") return 60 * 60;
  if (unit == "d") return 24 * 60 * 60;
  return std::nullopt;
}

std::optional<std::int64_t> calendar_time(const std::string& text) {
  for (const char* format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm time{};
    time.tm_isdst = -1;
    const char* end = ::strptime(text.c_str(), format, &time);
    if (!end || *end != '\0') continue;
    const std::tm typed = time;
    const std::int64_t seconds = std::mktime(&time);
    // Of a day that the month does not have it makes one of the next.
    if (typed.tm_mon != time.tm_mon || typed.tm_mday != time.tm_mday) return std::nullopt;
    return nanoseconds_of(seconds, 0);
  }
  return std::nullopt;
}

}  // namespace

Result<SizeRange> parse_size_range(std::string_view text) {
  const std::string whole(text);
  const char sign = text.empty() ? '\0' : text[0];
  if (sign == '+' || sign == '-') text.remove_prefix(1);
  const auto number = take_number(text);
  const auto unit = unit_of(text);
  if (!number || !unit || *number > INT64_MAX / *unit)
    return fail(Code::usage, "", "takes a size as in +10M, -4k or 100, not " + whole);
  const std::uint64_t bytes = *number * *unit;
  if (sign == '+') return SizeRange{bytes + 1, std::nullopt};
  if (sign == '-' && bytes == 0) return fail(Code::usage, "", "no file is smaller than 0 bytes");
  if (sign == '-') return SizeRange{std::nullopt, bytes - 1};
  return SizeRange{bytes, bytes};
}

Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto unit = seconds_in(rest);
  if (number && unit && *number <= static_cast<std::uint64_t>(now / second / *unit))
    return now - static_cast<std::int64_t>(*number) * *unit * second;
  if (const auto time = calendar_time(std::string(text))) return *time;
  return fail(Code::usage, "",
              "takes a time as in 2024-03-01, \"2024-03-01 12:34\", 30m, 12h or 7d, not " + std::string(text));
}

}  // namespace dftp::cli
