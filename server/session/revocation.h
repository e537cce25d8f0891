// Whoever is removed, changed or sent away by the operator loses what runs.
#pragma once

#include "server/session/control_session.h"

namespace dftp::server {

// Ends the session with its transfers, commands and mount at once; `why` is what the client is told. On its loop.
void revoke(ControlSession& session, Error why);
// The same if the session's user was removed or changed since the login, or may not come in as that any more. Costs
// next to nothing when neither users nor configuration have changed.
void review(ControlSession& session);

}  // namespace dftp::server
