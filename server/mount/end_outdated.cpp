#include "server/mount/end_outdated.h"

#include "server/auth/authenticator.h"
#include "server/mount/mounts.h"

namespace dftp::server {

void end_outdated(ServerContext& context) {
  context.mounts.end_if([&](const MountTerms& terms) { return !context.authenticator.holds(terms.record.get()); });
}

}  // namespace dftp::server
