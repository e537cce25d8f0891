// The command line of the program. Pure.
#pragma once

#include "client/cli/line/preferences.h"

namespace dftp::cli {

// `words` without the program's name. Code::usage names the option, and where to read more.
Result<CommandLine> parse_command_line(std::vector<std::string> words, const Preferences& preferences);

}  // namespace dftp::cli
