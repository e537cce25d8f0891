#include "server/mount/end_outdated.h"

#include "server/auth/authenticator.h"
#include "server/mount/mounts.h"

namespace dftp::server {

void end_outdated(ServerContext& context) {
  const Authenticator& authenticator = context.authenticator;
  context.mounts.end_if([&](const MountTerms& terms) {
    return !authenticator.holds(terms.record.get()) || !authenticator.permits(terms.user, terms.write);
  });
}

}  // namespace dftp::server
