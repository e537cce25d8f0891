// `dftp-server say` and `dftp-server sessions`: what an operator asks of a running server.
#pragma once

#include <span>
#include <string>

#include "server/command_line.h"

namespace dftp {

// The arguments behind the word. The program's exit code: 2 for a wrong call, 1 for what failed.
int say_command(std::span<const std::string> arguments);
int sessions_command(std::span<const std::string> arguments);
// For shells: what may follow each word.
completions::Command completed_say();
completions::Command completed_sessions();

}  // namespace dftp
