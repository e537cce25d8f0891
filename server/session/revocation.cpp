#include "server/session/revocation.h"

#include "server/auth/authenticator.h"

namespace dftp::server {

void revoke(ControlSession& session, Error why) {
  session.revoked = true;
  session.left = false;
  session.end(std::move(why));
}

void review(ControlSession& session) {
  const Authenticator& authenticator = session.context.authenticator;
  const std::uint64_t now = authenticator.generation();
  if (!session.user || session.reviewed == now) return;
  session.reviewed = now;
  if (authenticator.holds(session.user->record.get())) return;
  // A client that may still come in does so by itself, as what its user is now.
  revoke(session, {Code::disconnected, {}, session.user->user, "the user was removed or changed; log in again"});
}

}  // namespace dftp::server
