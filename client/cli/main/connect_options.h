// How the program connects: what the command line says of it, and what a person is asked.
#pragma once

#include "client/cli/line/call.h"
#include "client/cli/view/terminal.h"
#include "client/connection.h"

namespace dftp::cli {

inline constexpr const char* program_name = "dftp-cli " DFTP_VERSION;

// `prompt` must outlive them.
client::ConnectOptions connect_options(const Settings& settings, const ServerAndUser& place, TerminalPrompt& prompt);

}  // namespace dftp::cli
