// A directory with all that is in it.
#pragma once

#include "server/session/session.h"

namespace dftp {

// Removes in steps on the pool, in bounded memory, and stops when the session ends. A link is removed and not followed.
// The first thing that cannot be removed ends it; what has gone by then is gone.
net::Task<Result<RemoveReply>> remove_tree(Session& session, const RemotePath& path);

}  // namespace dftp
