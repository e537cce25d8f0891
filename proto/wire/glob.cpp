#include "proto/wire/glob.h"

#include <locale.h>
#include <wctype.h>

#include <cstdint>
#include <optional>
#include <string>

namespace dftp {
namespace {

struct Character {
  std::uint32_t number = 0;
  std::size_t bytes = 1;
};

constexpr std::uint32_t last_character = 0x10ffff;

// Of `text`, which is not empty. Overlong forms and halves of surrogates are no characters.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const Character alone{last_character + 1 + lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return alone;
  std::uint32_t number = lead & (0x7fu >> bytes);
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return alone;
    number = number << 6 | (byte(at) & 0x3f);
  }
  const std::uint32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
  const bool surrogate = number >= 0xd800 && number < 0xe000;
  return number < least || number > last_character || surrogate ? alone : Character{number, bytes};
}

// One that is unknown holds nothing.
bool is_of_class(std::uint32_t number, std::string_view name) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  static const locale_t characters = utf8 ? utf8 : ::newlocale(LC_CTYPE_MASK, "C", nullptr);
  if (number > last_character) return false;
  const wctype_t kind = ::wctype_l(std::string(name).c_str(), characters);
  return kind != 0 && ::iswctype_l(static_cast<wint_t>(number), kind, characters) != 0;
}

struct Set {
  std::size_t bytes = 0;  // in the pattern
  bool matches = false;
};

// Reads one set of a pattern, and looks for a character in it meanwhile.
class SetReader {
 public:
  // `pattern` begins with "[".
  SetReader(std::string_view pattern, std::uint32_t wanted) : pattern_(pattern), wanted_(wanted) {}

  // nullopt: the set is never closed.
  std::optional<Set> read() {
    const bool inverted = at(1, '!') || at(1, '^');
    at_ = inverted ? 2 : 1;
    bool found = false;
    for (bool first = true; at_ < pattern_.size(); first = false) {
      if (pattern_[at_] == ']' && !first) return Set{at_ + 1, found != inverted};
      if (const auto name = take_class()) {
        found |= is_of_class(wanted_, *name);
        continue;
      }
      const std::uint32_t low = take();
      std::uint32_t high = low;
      if (at(at_, '-') && at_ + 1 < pattern_.size() && !at(at_ + 1, ']')) {
        ++at_;
        high = take();
      }
      found |= wanted_ >= low && wanted_ <= high;
    }
    return std::nullopt;
  }

 private:
  bool at(std::size_t place, char what) const { return place < pattern_.size() && pattern_[place] == what; }

  std::uint32_t take() {
    if (at(at_, '\\') && at_ + 1 < pattern_.size()) ++at_;
    const Character taken = first_character(pattern_.substr(at_));
    at_ += taken.bytes;
    return taken.number;
  }

  // The name in "[:name:]".
  std::optional<std::string_view> take_class() {
    if (!at(at_, '[') || !at(at_ + 1, ':')) return std::nullopt;
    const std::size_t begin = at_ + 2;
    std::size_t end = begin;
    while (end < pattern_.size() && pattern_[end] >= 'a' && pattern_[end] <= 'z') ++end;
    if (!at(end, ':') || !at(end + 1, ']')) return std::nullopt;
    at_ = end + 2;
    return pattern_.substr(begin, end - begin);
  }

  const std::string_view pattern_;
  const std::uint32_t wanted_;
  std::size_t at_ = 0;
};

// What the next element of a pattern, which is no "*", takes of both texts.
struct MatchStep {
  std::size_t pattern, name;
};

class Matching {
 public:
  Matching(std::string_view pattern, std::string_view name) : pattern_(pattern), name_(name) {}

  // Only the last star has to be tried at another place: what came before it has matched as early as it could.
  bool run() {
    std::optional<std::string_view> behind_star;
    std::string_view retry;
    while (true) {
      if (!pattern_.empty() && pattern_[0] == '*') {
        pattern_.remove_prefix(1);
        behind_star = pattern_;
        retry = name_;
        continue;
      }
      if (pattern_.empty() && name_.empty()) return true;
      if (const auto step = match_one()) {
        pattern_.remove_prefix(step->pattern);
        name_.remove_prefix(step->name);
        continue;
      }
      if (!behind_star || retry.empty()) return false;
      retry.remove_prefix(first_character(retry).bytes);
      pattern_ = *behind_star;
      name_ = retry;
    }
  }

 private:
  // Nothing when it does not match.
  std::optional<MatchStep> match_one() {
    if (pattern_.empty() || name_.empty()) return std::nullopt;
    const Character character = first_character(name_);
    if (pattern_[0] == '?') return MatchStep{1, character.bytes};
    if (pattern_[0] == '[' && pattern_.size() > unclosed_) {
      if (const auto set = SetReader(pattern_, character.number).read()) {
        return set->matches ? std::optional(MatchStep{set->bytes, character.bytes}) : std::nullopt;
      }
      unclosed_ = pattern_.size();
    }
    const bool escaped = pattern_[0] == '\\' && pattern_.size() > 1;
    const Character wanted = first_character(pattern_.substr(escaped));
    if (wanted.number != character.number) return std::nullopt;
    return MatchStep{wanted.bytes + escaped, character.bytes};
  }

  std::string_view pattern_, name_;
  // What is left of the pattern where a set begins that is never closed: brackets from there on stand for themselves,
  // and are not looked at again.
  std::size_t unclosed_ = 0;
};

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view name) {
  return Matching(pattern, name).run();
}

}  // namespace dftp
