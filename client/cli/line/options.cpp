#include "client/cli/line/options.h"

#include <algorithm>
#include <cxxopts.hpp>

#include "client/cli/line/display.h"
#include "client/cli/line/option_table.h"
#include "client/cli/line/spelling.h"
#include "client/cli/line/verb.h"
#include "client/cli/line/words.h"

namespace dftp::cli {
namespace {

bool belongs_to(const VerbOption& option, const Verb& verb) {
  return has_word(verb.options, option.name);
}

// What an option's value is, of what was typed.
using ReadValue = Result<std::string> (*)(const VerbOption& option, std::string_view typed);

Result<std::string> as_it_is(const VerbOption&, std::string_view typed) {
  return std::string(typed);
}

// In a session no shell has put a home directory in place of a ~.
Result<std::string> read_word(const VerbOption& option, std::string_view typed) {
  if (option.value != "FILE") return unquoted(typed);
  const auto path = at_home(typed);
  if (!path) return std::unexpected(path.error());
  return unquoted(*path);
}

using Offered = std::vector<const VerbOption*>;

template <class Choice>
Offered choose(Choice choice) {
  Offered offered;
  for (const VerbOption& option : option_table()) {
    if (choice(option)) offered.push_back(&option);
  }
  return offered;
}

// In a call of its own; nullptr: in a session or script.
Offered offered_with(const Verb* verb) {
  return choose([&](const VerbOption& option) {
    return option.use == OptionScope::run || (verb ? belongs_to(option, *verb) : option.use == OptionScope::session);
  });
}

// Takes no value, or has it behind an = only.
bool may_be_bare(const VerbOption& option) {
  return option.value.empty() || (option.value.starts_with('[') && option.value.ends_with(']'));
}

bool is_hidden(const VerbOption& option, const Offered& offered) {
  return option.use == OptionScope::run && std::ranges::any_of(offered, [&](const VerbOption* other) {
           return other->use != OptionScope::run && other->letter == option.letter;
         });
}

std::string declared(const VerbOption& option, const Offered& offered) {
  const bool short_too = option.letter && !is_hidden(option, offered);
  return (short_too ? std::string(1, option.letter) + "," : std::string()) + std::string(option.name);
}

Result<void> apply(CommandLine& line, const VerbOption& option, const std::string& typed, ReadValue read) {
  if (option.value.empty() && typed != no_value) return fail(Code::usage, "", "takes no value");
  // An unset variable in a script, most of the time.
  if (typed.empty()) return fail(Code::usage, "", "must be given a value that is not empty");
  const auto value = read(option, typed);
  if (!value) return std::unexpected(value.error());
  return option.apply(line, *value);
}

bool given(const cxxopts::ParseResult& parsed, std::string_view name) {
  return std::ranges::any_of(parsed.arguments(), [&](const auto& one) { return one.key() == name; });
}

// That each option has beside it what it needs.
Result<void> check_needs(const cxxopts::ParseResult& parsed) {
  for (const VerbOption& option : option_table()) {
    if (option.needs.empty() || !given(parsed, option.name)) continue;
    std::string missing;
    bool met = false;
    for (const VerbOption& other : option_table()) {
      if (!has_word(option.needs, other.name)) continue;
      met = met || given(parsed, other.name);
      missing += (missing.empty() ? "--" : " or --") + std::string(other.name);
    }
    if (!met) return fail(Code::usage, "--" + std::string(option.name), "does nothing without " + missing);
  }
  return {};
}

// "-name" is meant as find(1) has it, unless its letters are options.
std::string with_two_dashes(const std::string& word, const Offered& offered) {
  if (word.size() < 4 || word[0] != '-' || word[1] == '-') return word;
  const auto bare = [](std::string_view text) {
    std::string letters;
    std::ranges::copy_if(text, std::back_inserter(letters), [](char c) { return c != '-'; });
    return letters;
  };
  const auto meant = std::ranges::find_if(
      offered, [&](const VerbOption* option) { return bare(option->name) == bare(std::string_view(word).substr(1)); });
  const auto is_letter = [&](char c) {
    return std::ranges::any_of(offered, [&](const VerbOption* option) { return option->letter == c; });
  };
  if (meant == offered.end() || std::ranges::all_of(word.substr(1), is_letter)) return word;
  return "--" + std::string((*meant)->name);
}

// What cxxopts says of an option that does not exist, and which one may have been meant.
std::unexpected<Error> unreadable(const std::vector<std::string>& words, const Offered& offered, std::string why) {
  std::vector<std::string_view> names;
  for (const VerbOption* option : offered) names.push_back(option->name);
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word.size() < 3 || word[0] != '-') continue;
    const std::string name = word.substr(word[1] == '-' ? 2 : 1, word.find('=') - (word[1] == '-' ? 2 : 1));
    if (std::ranges::find(names, name) != names.end()) continue;
    if (const auto meant = nearest(name, names); !meant.empty() && why.find(name) != why.npos)
      return fail(Code::usage, "", why + "; did you mean --" + std::string(meant) + "?");
  }
  return fail(Code::usage, "", std::move(why));
}

// The options that are offered, their values as `read` has them; what is no option goes to line.operands.
Result<CommandLine> parse(const std::vector<std::string>& words, const Offered& offered, ReadValue read) {
  cxxopts::Options declaration("dftp-cli");
  for (const VerbOption* option : offered) {
    const auto value = cxxopts::value<std::string>();
    if (may_be_bare(*option)) value->implicit_value(std::string(no_value));
    declaration.add_options()(declared(*option, offered), std::string(option->help), value);
  }
  std::vector<const char*> arguments = {"dftp-cli"};
  std::vector<std::string> read_words;
  bool operands = false;
  for (const std::string& word : words) {
    operands |= word == "--";
    read_words.push_back(operands ? word : with_two_dashes(word, offered));
  }
  for (const std::string& word : read_words) arguments.push_back(word.c_str());
  CommandLine line;
  try {
    const auto parsed = declaration.parse(static_cast<int>(arguments.size()), arguments.data());
    for (const auto& given : parsed.arguments()) {
      const auto option = std::ranges::find(option_table(), std::string_view(given.key()), &VerbOption::name);
      if (auto applied = apply(line, *option, given.value(), read); !applied) {
        return fail(Code::usage, "--" + given.key(), applied.error().detail);
      }
    }
    line.operands = parsed.unmatched();
    if (line.help || line.version) return line;  // which are shown whatever else there is
    if (auto checked = check_needs(parsed); !checked) return std::unexpected(std::move(checked.error()));
  } catch (const cxxopts::exceptions::exception& error) {
    return unreadable(words, offered, error.what());
  }
  return line;
}

template <class Shown>
std::string help_for(Shown shown) {
  std::string text;
  for (const VerbOption& option : option_table()) {
    if (!shown(option)) continue;
    std::string names = option.letter ? std::string("  -") + option.letter + ", --" : "      --";
    names += option.name;
    if (!option.value.empty()) names += " " + std::string(option.value);
    text += help_row(names, option.help, 28);
  }
  return text;
}

}  // namespace

std::string first_operand(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") return i + 1 < words.size() ? words[i + 1] : std::string();
    if (word.size() < 2 || word[0] != '-') return word;
    const bool is_long = word[1] == '-';
    const auto is_meant = [&](const VerbOption& row) {
      return is_long ? row.name == std::string_view(word).substr(2) : row.letter == word.back();
    };
    // A letter that verbs have too stands behind them then.
    const auto is_of_run = [&](const VerbOption& row) { return row.use != OptionScope::verbs && is_meant(row); };
    auto option = std::ranges::find_if(option_table(), is_of_run);
    if (option == option_table().end()) option = std::ranges::find_if(option_table(), is_meant);
    if (option != option_table().end() && !may_be_bare(*option)) ++i;
  }
  return {};
}

Result<CommandLine> parse_options(const std::vector<std::string>& words, const Verb* verb) {
  return parse(words, offered_with(verb), as_it_is);
}

Result<ParsedVerb> parse_verb_words(const Verb& verb, const std::vector<std::string>& words) {
  auto line = parse(words, choose([&](const VerbOption& option) { return belongs_to(option, verb); }), read_word);
  if (!line) return std::unexpected(std::move(line.error()));
  return ParsedVerb{line->flags, std::move(line->operands)};
}

std::vector<std::string> option_words(const Verb& verb) {
  std::vector<std::string> words;
  for (const VerbOption& option : option_table()) {
    if (belongs_to(option, verb)) words.push_back("--" + std::string(option.name));
  }
  return words;
}

std::string global_options_help() {
  return help_for([](const VerbOption& option) { return option.use == OptionScope::run; });
}

std::string session_options_help() {
  return help_for([](const VerbOption& option) { return option.use == OptionScope::session; });
}

std::string verb_options_help(const Verb& verb) {
  return help_for([&](const VerbOption& option) { return belongs_to(option, verb); });
}

std::vector<ShownOption> shown_options(const Verb* verb) {
  const Offered offered = offered_with(verb);
  std::vector<ShownOption> shown;
  for (const VerbOption* option : offered) {
    const char letter = is_hidden(*option, offered) ? '\0' : option->letter;
    shown.push_back({letter, option->name, option->value, option->help});
  }
  return shown;
}

}  // namespace dftp::cli
