// How a put begins, whoever opens its data connections.
#pragma once

#include "server/commands/targets.h"
#include "server/session/transfers.h"

namespace dftp::server::commands {

struct BegunPut {
  std::shared_ptr<ServerTransfer> transfer;
  ResolvedTargets targets;
};
net::Task<Result<BegunPut>> begin_put(ControlSession& session, const Put& request);

// Of those that are wished.
std::size_t granted_streams(std::uint32_t wished);

}  // namespace dftp::server::commands
