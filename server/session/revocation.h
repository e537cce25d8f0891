// Whoever is removed, changed or sent away by the operator loses what runs.
#pragma once

#include "proto/wire/operator.h"
#include "server/session/control_session.h"

namespace dftp::server {

// Ends the session with its transfers, commands and mount at once; `why` is what the client is told. On its loop.
void revoke(ControlSession& session, Error why);

// The same if the session's user was removed or changed since the login. Costs next to nothing when no user was.
void review(ControlSession& session);

// Ends the mounts of users who were removed or changed, those that no session has as well. Blocks.
void end_outdated(ServerContext& context);

// Looks whether the users have changed, and reviews all sessions and mounts if so: when it returns, no session takes a
// request in the name of somebody who is no more. Always on the same loop.
net::Task<void> review_all(ServerContext& context);

// Ends the sessions and mounts of a user, those mounts that no session has as well.
net::Task<KickReply> kick_user(ServerContext& context, std::string user);
// Ends one session, and its mount. False when there is none of this number.
bool kick_session(ServerContext& context, std::uint64_t number);

}  // namespace dftp::server
