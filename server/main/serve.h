// The running server.
#pragma once

#include "server/config/command_line.h"
#include "server/config/config.h"

namespace dftp::server {

// Shares config.root until SIGINT or SIGTERM ends it: running transfers get config.grace to end, then they are stopped,
// and what has arrived stays for a resume. A second signal does not wait. The program's exit code: 0; 1 when it could
// not start, which has been said on standard error; 128 + the signal's number after a second one. `line` is what
// `config` was made from, and is read again when the server is to reload.
int serve(const ProgramCommandLine& line, Config config);

}  // namespace dftp::server
