// The running server.
#pragma once

#include "server/config.h"

namespace dftp {

// Shares config.root until SIGINT or SIGTERM ends it. The program's exit code; what went wrong has been logged.
int serve(const Config& config);

}  // namespace dftp
