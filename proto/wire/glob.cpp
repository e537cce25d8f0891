#include "proto/wire/glob.h"

#include <algorithm>
#include <optional>

namespace dftp {
namespace {

// Bytes of the character that `text`, which is not empty, begins with; of what is no UTF-8, one.
std::size_t first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (text.size() < bytes) return 1;
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; };
  return std::ranges::all_of(text.substr(1, bytes - 1), continues) ? bytes : 1;
}

struct Set {
  std::size_t bytes = 0;  // in the pattern
  bool matches = false;
};

// `pattern` begins with "[". nullopt: the set is never closed, and the bracket stands for itself.
std::optional<Set> match_set(std::string_view pattern, char byte) {
  std::size_t at = 1;
  const bool inverted = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (inverted) ++at;
  const auto take = [&] { return pattern[at] == '\\' && at + 1 < pattern.size() ? pattern[++at] : pattern[at]; };
  bool found = false;
  for (const std::size_t first = at; at < pattern.size() && (pattern[at] != ']' || at == first); ++at) {
    const auto low = static_cast<unsigned char>(take());
    auto high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      at += 2;
      high = static_cast<unsigned char>(take());
    }
    const auto value = static_cast<unsigned char>(byte);
    found |= value >= low && value <= high;
  }
  if (at >= pattern.size()) return std::nullopt;
  return Set{at + 1, found != inverted};
}

// What the next element of a pattern, which is no "*", takes of both texts; nothing when it does not match.
struct Step {
  std::size_t pattern, name;
};
std::optional<Step> match_one(std::string_view pattern, std::string_view name) {
  if (pattern.empty() || name.empty()) return std::nullopt;
  if (pattern[0] == '?') return Step{1, first_character(name)};
  if (pattern[0] == '[') {
    if (const auto set = match_set(pattern, name[0])) {
      return set->matches ? std::optional(Step{set->bytes, first_character(name)}) : std::nullopt;
    }
  }
  const bool escaped = pattern[0] == '\\' && pattern.size() > 1;
  if (pattern[escaped] != name[0]) return std::nullopt;
  return Step{1u + escaped, 1};
}

}  // namespace

// Only the last star has to be tried at another place: what came before it has matched as early as it could.
bool glob_matches(std::string_view pattern, std::string_view name) {
  std::optional<std::string_view> behind_star;
  std::string_view retry;
  while (true) {
    if (!pattern.empty() && pattern[0] == '*') {
      pattern.remove_prefix(1);
      behind_star = pattern;
      retry = name;
      continue;
    }
    if (pattern.empty() && name.empty()) return true;
    if (const auto step = match_one(pattern, name)) {
      pattern.remove_prefix(step->pattern);
      name.remove_prefix(step->name);
      continue;
    }
    if (!behind_star || retry.empty()) return false;
    retry.remove_prefix(1);
    pattern = *behind_star;
    name = retry;
  }
}

}  // namespace dftp
