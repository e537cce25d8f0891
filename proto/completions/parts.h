// What the scripts of all shells are made of.
#pragma once

#include "proto/completions/completions.h"

namespace dftp::completions {

inline bool takes_file(const Option& option) {
  return option.value == "FILE";
}
inline bool takes_directory(const Option& option) {
  return option.value == "DIR";
}
// Whether its value is a word of its own: one that may be left out stands behind a = only.
inline bool takes_word(const Option& option) {
  return !option.value.empty() && !(option.value.starts_with('[') && option.value.ends_with(']'));
}

// "dftp_cli": a name for a function or a variable.
std::string identifier(const Program& program);
// The names of its commands, separated by blanks.
std::string command_names(const Program& program);

}  // namespace dftp::completions
