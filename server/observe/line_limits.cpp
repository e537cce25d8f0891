#include "server/observe/line_limits.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// So often it is looked whether something is to be said that nobody has caused a line for.
constexpr auto look_again = 10s;
constexpr auto minute = 60s;
const std::string others = "others";

constexpr struct {
  std::string_view kind;
  std::size_t source, all;
} table[] = {
    {"refused", 60, 600},
    {"login-failed", 60, 600},
    {"trouble", 60, 600},
    {"exec-refused", 60, SIZE_MAX},
};
constexpr std::size_t usual = 600;

}  // namespace

std::size_t LineLimits::lines_of_source(std::string_view kind) {
  for (const auto& row : table) {
    if (row.kind == kind) return row.source;
  }
  return usual;
}

std::size_t LineLimits::lines_in_all(std::string_view kind) {
  for (const auto& row : table) {
    if (row.kind == kind) return row.all;
  }
  return SIZE_MAX;
}

std::optional<std::uint64_t> LineLimits::due(std::string_view kind, const std::string& source, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto now = now_();
  const std::string& whose = known(source);
  Lines& lines = lines_[{std::string(kind), whose}];
  const bool said = lines.lines.take(1, lines_of_source(kind), minute, now) &&
                    in_all_[std::string(kind)].take(1, lines_in_all(kind), minute, now) &&
                    bytes_[whose].take(bytes, bytes_of_source, minute, now);
  if (said) return std::exchange(lines.unsaid, 0);
  ++lines.unsaid;
  return std::nullopt;
}

// With too many known, those of whom nothing is to be remembered are forgotten first.
const std::string& LineLimits::known(const std::string& source) {
  if (bytes_.contains(source)) return source;
  if (bytes_.size() < max_sources) return bytes_[source], source;
  const auto now = now_();
  std::erase_if(lines_, [&](const auto& one) { return one.second.lines.over(minute, now) && one.second.unsaid == 0; });
  std::erase_if(bytes_, [&](const auto& one) { return one.second.over(minute, now); });
  return bytes_.size() < max_sources ? source : others;
}

std::vector<LineLimits::Unsaid> LineLimits::unsaid(bool all) {
  const std::lock_guard lock(mutex_);
  const auto now = now_();
  std::vector<Unsaid> found;
  if (!all && now - looked_ < look_again) return found;
  looked_ = now;
  for (auto& [key, lines] : lines_) {
    if (lines.unsaid == 0 || (!all && !lines.lines.over(minute, now))) continue;
    found.push_back({key.first, key.second, std::exchange(lines.unsaid, 0)});
  }
  return found;
}

}  // namespace dftp::server
