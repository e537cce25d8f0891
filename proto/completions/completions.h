// Scripts by which shells complete a program's words, from the program's own tables. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::completions {

struct Option {
  char letter = 0;        // 0: none
  std::string_view name;  // without its dashes
  std::string_view
      value;  // what stands for it in the help: FILE and DIR are names here, [X] may be left out; empty: none
  std::string_view help;
  std::string_view words = {};  // separated by blanks: what its value may be
};

// What the words besides options may be; several of these where it depends.
struct Operands {
  std::string words = {};  // separated by blanks
  bool files = false, directories = false, urls = false;
};

// A word that says what is to be done, with what may follow it.
struct Command {
  std::string_view name, summary;
  std::vector<Option> options;
  Operands operands;
};

struct Program {
  std::string_view name;
  std::vector<Option> options;  // without a command, or before it
  Operands operands;            // without a command
  std::vector<Command> commands;
};

// What --help says of it: "bash, zsh or fish".
inline constexpr std::string_view shells = "bash zsh fish";

// For one of `shells`; Code::usage for another one. URLs are completed by `dftp-cli complete`.
Result<std::string> script_for(std::string_view shell, const Program& program);

std::string bash_script(const Program& program);
std::string zsh_script(const Program& program);
std::string fish_script(const Program& program);

}  // namespace dftp::completions
