// What is the server's own must stay so.
#pragma once

#include "server/config/config.h"

namespace dftp::server {

// State, key, certificate, log, configuration and UNIX sockets: none of them lies inside the share, by whatever name it
// is reached, for whoever may read the share could read it, and whoever may write there could replace it. Nor may other
// users of the machine read what is secret, or write any of it. Each problem is Code::usage with the path and what to
// do.
Problems check_private_paths(const Config& config);

}  // namespace dftp::server
