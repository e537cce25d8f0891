// `dftp-server --check`: what would keep a server from starting.
#pragma once

#include "server/config/config.h"

namespace dftp::server {

// What make_config() does not see: all that a start with this configuration would stumble over, as the user who asks.
// Changes nothing, and a server that runs with it is no problem.
Problems check_start(const Config& config);

// Says each problem on standard error; with --print and none of them, the configuration on standard output. The
// program's exit code: 0, or 2 if there is a problem.
int check(const ProgramCommandLine& line);

}  // namespace dftp::server
