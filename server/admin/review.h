// Ends what runs in the name of users who were removed or changed, and what the operator ends.
#pragma once

#include "proto/net/async.h"
#include "proto/wire/operator.h"
#include "server/session/server_context.h"

namespace dftp::server {

// Looks whether the users have changed, and reviews all sessions and mounts if so: when it returns, no session takes a
// request in the name of somebody who is no more. Always on the same loop.
net::Task<void> review_all(ServerContext& context);

// Ends the sessions and mounts of a user, those mounts that no session has as well.
net::Task<KickReply> kick_user(ServerContext& context, std::string user);
// Ends one session, and its mount. False when there is none of this number.
bool kick_session(ServerContext& context, std::uint64_t number);

}  // namespace dftp::server
