#include "client/cli/line/mode_words.h"

#include <algorithm>
#include <charconv>

namespace dftp::cli {
namespace {

constexpr std::uint32_t everybody = 0777, execute = 0111;

std::uint32_t class_of(char c) {
  return c == 'u' ? 0700 : c == 'g' ? 0070 : c == 'o' ? 0007 : c == 'a' ? everybody : 0;
}

std::uint32_t bit_of(char c) {
  return c == 'r' ? 4 : c == 'w' ? 2 : c == 'x' ? 1 : 0;
}

bool is_operation(char c) {
  return c == '+' || c == '-' || c == '=';
}

}  // namespace

Result<ModeChange> ModeChange::parse(std::string_view text) {
  ModeChange change;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), change.mode_, 8);
  change.absolute_ = error == std::errc() && end == text.data() + text.size() && change.mode_ <= everybody;
  if (change.absolute_) return change;
  const auto refused = fail(Code::usage, text.empty() ? "''" : std::string(text),
                            "is not a mode; give an octal number from 0 to 777, or a change as +x, go-w or u=rw,go=r");
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    auto steps = parse_clause(text.substr(begin, comma - begin));
    if (!steps) return refused;
    change.steps_.insert(change.steps_.end(), steps->begin(), steps->end());
    begin = comma + 1;
  }
  return change;
}

// "go-w", "u+x-w": whom, and one or more operations with their bits. An error has no words.
Result<std::vector<ModeChange::Step>> ModeChange::parse_clause(std::string_view clause) {
  std::uint32_t who = 0;
  while (!clause.empty() && class_of(clause.front()) != 0) {
    who |= class_of(clause.front());
    clause.remove_prefix(1);
  }
  std::vector<Step> steps;
  while (!clause.empty() && is_operation(clause.front())) {
    Step step{who ? who : everybody, clause.front(), 0, false};
    clause.remove_prefix(1);
    for (; !clause.empty() && (bit_of(clause.front()) != 0 || clause.front() == 'X'); clause.remove_prefix(1)) {
      step.bits |= bit_of(clause.front());
      step.execute_if_any |= clause.front() == 'X';
    }
    steps.push_back(step);
  }
  if (!clause.empty() || steps.empty()) return fail(Code::usage, {}, {});
  return steps;
}

std::uint32_t ModeChange::apply(std::uint32_t mode, bool directory) const {
  if (absolute_) return mode_;
  mode &= everybody;
  for (const Step& step : steps_) {
    const std::uint32_t each = step.bits | (step.execute_if_any && (directory || (mode & execute)) ? 1u : 0u);
    const std::uint32_t bits = each * execute & step.who;
    if (step.operation == '=') mode &= ~step.who;
    mode = step.operation == '-' ? mode & ~bits : mode | bits;
  }
  return mode;
}

}  // namespace dftp::cli
