// The command line of the program. Pure.
#pragma once

#include "client/cli/line/options.h"

namespace dftp::cli {

// `words` without the program's name. Code::usage names the option, and where to read more.
Result<CommandLine> parse_command_line(const std::vector<std::string>& words);

}  // namespace dftp::cli
