// Text of the help. Pure.
#pragma once

#include <string>

#include "client/cli/verbs/verbs.h"

namespace dftp::cli {

std::string program_help();
std::string session_help();
std::string verb_help(const Verb& verb);

}  // namespace dftp::cli
