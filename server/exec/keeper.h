// The keeper of one command: a process between the server and the command that knows all that the command starts, and
// ends all of it when the command ends, when the server says so, or when the server is gone.
//
// It is this program once more, started anew (docs/decisions/0009): so a server of many threads never runs code between
// fork and exec.
#pragma once

#include <span>
#include <string>

namespace dftp::server {

// `dftp-server keep-command`; not for people. The process' exit code.
int keep_command(std::span<const std::string> arguments);

}  // namespace dftp::server
