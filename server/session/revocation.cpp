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
  const bool holds = authenticator.holds(session.user->record.get());
  if (holds && authenticator.permits(session.user->user, session.user->write)) return;
  // A client that may still come in does so by itself, as what its user is now.
  const std::string why = holds ? "the server's configuration was changed" : "the user was removed or changed";
  revoke(session, {Code::disconnected, {}, session.user->user, why + "; log in again"});
}

}  // namespace dftp::server
