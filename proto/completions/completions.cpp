#include "proto/completions/completions.h"

#include <algorithm>

#include "proto/completions/parts.h"

namespace dftp::completions {

Result<std::string> script_for(std::string_view shell, const Program& program) {
  if (shell == "bash") return bash_script(program);
  if (shell == "zsh") return zsh_script(program);
  if (shell == "fish") return fish_script(program);
  return fail(Code::usage, std::string(shell), "no completions for this shell; there are bash, zsh and fish");
}

std::string identifier(const Program& program) {
  std::string text(program.name);
  std::ranges::replace(text, '-', '_');
  return text;
}

std::string command_names(const Program& program) {
  std::string names;
  for (const Command& command : program.commands) names += (names.empty() ? "" : " ") + std::string(command.name);
  return names;
}

}  // namespace dftp::completions
