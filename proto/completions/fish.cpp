#include "proto/completions/parts.h"

namespace dftp::completions {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string option_line(const std::string& begin, const Option& option) {
  std::string line = begin + " -l " + std::string(option.name);
  if (option.letter) line += std::string(" -s ") + option.letter;
  if (takes_file(option)) {
    line += " -r -F";
  } else if (takes_directory(option)) {
    line += " -x -a '(__fish_complete_directories)'";
  } else if (takes_word(option)) {
    line += " -x";
  }
  if (!option.words.empty()) line += " -a " + quoted(option.words);
  return line + " -d " + quoted(option.help) + "\n";
}

std::string operand_lines(const std::string& begin, const Operands& operands) {
  std::string text;
  if (!operands.words.empty()) text += begin + " -a " + quoted(operands.words) + "\n";
  if (operands.files) text += begin + " -F\n";
  if (operands.directories) text += begin + " -a '(__fish_complete_directories)'\n";
  if (operands.urls) text += begin + " -a '(dftp-cli complete -- (commandline -ct) 2>/dev/null </dev/null)'\n";
  return text;
}

}  // namespace

std::string fish_script(const Program& program) {
  const std::string name(program.name), complete = "complete -c " + name;
  const std::string known = "__" + identifier(program) + "_commands";
  std::string text =
      "# fish completion for " + name + "\n" + complete + " -f\nset -g " + known + " " + command_names(program) + "\n";
  const std::string first = complete + " -n 'not __fish_seen_subcommand_from $" + known + "'";
  for (const Option& option : program.options) text += option_line(first, option);
  text += operand_lines(first, program.operands);
  for (const Command& command : program.commands) {
    text += first + " -a " + std::string(command.name) + " -d " + quoted(command.summary) + "\n";
    const std::string seen = complete + " -n '__fish_seen_subcommand_from " + std::string(command.name) + "'";
    text += operand_lines(seen, command.operands);
    for (const Option& option : command.options) text += option_line(seen, option);
  }
  return text;
}

}  // namespace dftp::completions
