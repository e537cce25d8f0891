#include "server/config/command_line.h"

// Its regular expressions take no value with a line break, and the sanitizers' build finds fault with g++ 12's.
#define CXXOPTS_NO_REGEX
#include <algorithm>
#include <cxxopts.hpp>

namespace dftp::server {
namespace {

// The values of an option that needs none.
const std::string yes = "true", no = "false";

cxxopts::Options declared(std::span<const ProgramOption> known) {
  cxxopts::Options options("dftp-server");
  auto add = options.add_options();
  for (const ProgramOption& option : known) {
    auto value = cxxopts::value<std::string>();
    if (option.argument.empty()) value->implicit_value(yes);
    add((option.letter ? std::string{option.letter, ','} : std::string()) + std::string(option.name), "", value);
  }
  return options;
}

}  // namespace

bool ProgramCommandLine::has(std::string_view name) const {
  const auto values = all(name);
  return !values.empty() && values.back() != no;
}

std::vector<std::string> ProgramCommandLine::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const Given& given : options) {
    if (given.name == name) values.push_back(given.value);
  }
  return values;
}

Result<ProgramCommandLine> parse_command_line(std::span<const std::string> arguments,
                                              std::span<const ProgramOption> known) {
  std::vector<const char*> pointers = {"dftp-server"};
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  try {
    const auto parsed = declared(known).parse(static_cast<int>(pointers.size()), pointers.data());
    ProgramCommandLine line;
    line.words = parsed.unmatched();
    // An unset variable in a script, most of the time.
    if (std::ranges::find(line.words, std::string()) != line.words.end())
      return fail(Code::usage, "''", "one of the words is empty; --help shows what is wanted");
    for (const auto& given : parsed.arguments()) {
      const auto option = std::ranges::find(known, std::string_view(given.key()), &ProgramOption::name);
      if (option->argument.empty() && given.value() != yes && given.value() != no) {
        return fail(Code::usage, "--" + given.key(), "must be true or false");
      }
      if (given.value().empty())
        return fail(Code::usage, "--" + given.key(), "must be given a value that is not empty");
      line.options.push_back({given.key(), given.value()});
    }
    return line;
  } catch (const cxxopts::exceptions::exception& wrong) {
    return fail(Code::usage, "", std::string(wrong.what()) + "; --help shows what there is");
  }
}

std::vector<completions::Option> completed(std::span<const ProgramOption> options) {
  std::vector<completions::Option> completed;
  for (const ProgramOption& option : options)
    completed.push_back({option.letter, option.name, option.argument, option.help, option.words});
  return completed;
}

std::string help_line(const ProgramOption& option, std::string_view remark) {
  constexpr std::size_t column = 26;
  std::string line = option.letter ? std::string("  -") + option.letter + ", --" : "  --";
  line += option.name;
  if (!option.argument.empty()) line += " " + std::string(option.argument);
  line.resize(std::max(line.size() + 2, column), ' ');
  line += option.help;
  if (!remark.empty()) line += " (" + std::string(remark) + ")";
  return line + "\n";
}

}  // namespace dftp::server
