// `dftp-server say`, `sessions`, `kick`, `reload` and `penalties`: what an operator asks of a running server.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "server/config/command_line.h"

namespace dftp::server {

// The arguments behind the word. The program's exit code: 2 for a wrong call, 1 for what failed.
int say_command(std::span<const std::string> arguments);
int sessions_command(std::span<const std::string> arguments);
int kick_command(std::span<const std::string> arguments);
int penalties_command(std::span<const std::string> arguments);
int reload_command(std::span<const std::string> arguments);
// For shells: what may follow each word.
completions::Command completed_say();
completions::Command completed_sessions();
completions::Command completed_kick();
completions::Command completed_penalties();
completions::Command completed_reload();

// The users of this state were changed: when it returns, a server that runs there lets nobody go on as what they no
// longer are.
void tell_server_of_users(const std::filesystem::path& state);

}  // namespace dftp::server
