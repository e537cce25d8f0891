#include "client/cli/verbs/completions.h"

#include <algorithm>

#include "client/cli/line/call.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/verbs.h"

namespace dftp::cli {
namespace {

// Options whose values are a few words.
constexpr std::pair<std::string_view, std::string_view> known_values[] = {{"overwrite", "never changed always"},
                                                                          {"type", "f d l"}};

std::vector<completions::Option> options_of(const Verb* verb) {
  std::vector<completions::Option> options;
  for (const ShownOption& shown : shown_options(verb)) {
    const auto* found = std::ranges::find(known_values, shown.name, [](const auto& row) { return row.first; });
    options.push_back({shown.letter, shown.name, shown.value, shown.help,
                       found == std::end(known_values) ? std::string_view() : found->second});
  }
  return options;
}

std::string all_names() {
  std::string names;
  for (const Verb& verb : all_verbs()) {
    if (verb.scope == Scope::anywhere) names += (names.empty() ? "" : " ") + std::string(verb.name);
  }
  return names;
}

completions::Operands operands_of(const Verb& verb) {
  if (verb.handler == help) return {.words = all_names()};
  if (verb.handler == print_completions) return {.words = std::string(completions::shells)};
  // Those before another one, and the last one.
  const Side sides[] = {operand_kind(verb, 0, 2).side, operand_kind(verb, 1, 2).side};
  const auto may_be = [&](Side side) { return std::ranges::find(sides, side) != std::end(sides); };
  const bool either = verb.operands == OperandLayout::two_sides;
  return {.words = {},
          .files = may_be(Side::here),
          .directories = false,
          .urls = may_be(Side::there) || either || verb.operands == OperandLayout::server_words};
}

}  // namespace

completions::Program completed_program() {
  completions::Program program{"dftp-cli", options_of(nullptr), {.words = {}, .urls = true}, {}};
  for (const Verb& verb : all_verbs()) {
    if (verb.scope == Scope::anywhere)
      program.commands.push_back({verb.name, verb.summary, options_of(&verb), operands_of(verb)});
  }
  return program;
}

}  // namespace dftp::cli
