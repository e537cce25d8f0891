// Text of the help. Pure.
#pragma once

#include <span>
#include <string>

#include "client/cli/verbs/verbs.h"

namespace dftp::cli {

// Verbs by what they are for; each is in one group. Names separated by blanks.
struct VerbGroup {
  std::string_view title, verbs;
};
std::span<const VerbGroup> verb_groups();

std::string program_help();
// What there is, and with `_of_all` what each of them does.
std::string session_help();
std::string session_help_of_all();
std::string verb_help(const Verb& verb);

}  // namespace dftp::cli
