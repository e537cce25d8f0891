// The options of dftp-cli, one row each: what they are called and what they set.
#pragma once

#include <span>

#include "client/cli/line/options.h"

namespace dftp::cli {

// What an option that takes none has for a value.
inline constexpr std::string_view no_value = "given";

enum class OptionScope { run, session, verbs };  // every run, a session or script, the verbs that name it

struct VerbOption {
  char letter;  // 0: none. A verb's own letter hides one that holds for every run.
  std::string_view name;
  std::string_view value;  // what stands for it in the help; empty: takes none
  std::string_view help;
  OptionScope use;
  Result<void> (*apply)(CommandLine& line, const std::string& value);
  // Names, separated by blanks: without one of them it would be taken and do nothing, which is refused. What is only
  // a matter of looks (ls --human without --long) has none.
  std::string_view needs = {};
};

std::span<const VerbOption> option_table();

}  // namespace dftp::cli
