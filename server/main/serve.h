// The running server.
#pragma once

#include "server/config/config.h"

namespace dftp::server {

// Shares config.root until SIGINT or SIGTERM ends it: running transfers get config.grace to end, then they are stopped,
// and what has arrived stays for a resume. A second signal does not wait. The program's exit code: 0; 1 when it could
// not start, which has been said on standard error; 128 + the signal's number after a second one.
int serve(const Config& config);

}  // namespace dftp::server
