#include "proto/completions/parts.h"

namespace dftp::completions {
namespace {

// Inside of '...[text]:...' brackets and colons have a meaning.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string value_of(const Option& option) {
  if (option.value.empty()) return "";
  const std::string what = takes_file(option)        ? "_files"
                           : takes_directory(option) ? "_files -/"
                           : option.words.empty()    ? " "
                                                     : "(" + std::string(option.words) + ")";
  return (takes_word(option) ? ":" : "::") + quoted(option.value) + ":" + what;
}

std::string option_lines(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) {
    const std::string rest = "[" + quoted(option.help) + "]" + value_of(option) + "' \\\n";
    const bool attached = !option.value.empty() && !takes_word(option);
    text += "        '--" + std::string(option.name) + (attached ? "=-" : "") + rest;
    if (option.letter) text += std::string("        '-") + option.letter + rest;
  }
  return text;
}

std::string operand_line(const Operands& operands, bool commands, const std::string& function) {
  std::string actions;
  const auto add = [&](const std::string& action) { actions += (actions.empty() ? "" : "; ") + action; };
  if (commands) add("_describe command choices");
  if (!operands.words.empty()) add("compadd -- " + operands.words);
  if (operands.files) add("_files");
  if (operands.directories) add("_files -/");
  if (operands.urls) add(function + "_urls");
  return "        '*: :" + (actions.empty() ? " " : "{" + actions + "}") + "' ;;\n";
}

}  // namespace

std::string zsh_script(const Program& program) {
  const std::string name(program.name), function = "_" + identifier(program);
  std::string text = "#compdef " + name + "\n" + function +
                     "_urls() {\n"
                     "  local -a urls\n"
                     "  urls=(${(f)\"$(dftp-cli complete -- \"${(Q)PREFIX}\" 2>/dev/null </dev/null)\"})\n"
                     // What is found by another name than its own does not begin as the word does.
                     "  compadd -U -S '' -- ${(M)urls:#*/}\n"
                     "  compadd -U -- ${urls:#*/}\n"
                     "}\n" +
                     function +
                     "() {\n"
                     "  local -a choices\n"
                     "  local command= word\n"
                     "  choices=(\n";
  for (const Command& command : program.commands)
    text += "    '" + std::string(command.name) + ":" + quoted(command.summary) + "'\n";
  text +=
      "  )\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    if (( ${choices[(I)${word}:*]} )); then command=$word; break; fi\n"
      "  done\n"
      "  case $command in\n";
  for (const Command& command : program.commands) {
    text += "    " + std::string(command.name) + ")\n      _arguments \\\n" + option_lines(command.options) +
            operand_line(command.operands, false, function);
  }
  text += "    *)\n      _arguments \\\n" + option_lines(program.options) +
          operand_line(program.operands, !program.commands.empty(), function) +
          "  esac\n"
          "}\n"
          // Sourced, it says whom it is for; from the function path it is called at once.
          "if [[ $funcstack[1] == " +
          function + " ]]; then " + function + " \"$@\"; else compdef " + function + " " + name + "; fi\n";
  return text;
}

}  // namespace dftp::completions
