// Ends the mounts of users who are not what they were, or may not what they could.
#pragma once

#include "server/session/server_context.h"

namespace dftp::server {

// Ends the mounts of users who were removed or changed, and those that write where nobody may any more; those that no
// session has as well. Blocks.
void end_outdated(ServerContext& context);

}  // namespace dftp::server
