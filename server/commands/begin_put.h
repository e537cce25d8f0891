// How a put begins, whoever opens its data connections.
#pragma once

#include "server/commands/targets.h"
#include "server/session/transfers.h"

namespace dftp::server::commands {

struct BegunPut {
  std::shared_ptr<ServerTransfer> transfer;
  ResolvedTargets targets;
};
// `where`: the request's place, for what is said of its members.
net::Task<Result<BegunPut>> begin_put(ControlSession& session, const Put& request, std::string where);

// Of those that are wished.
std::size_t granted_streams(std::uint32_t wished);

}  // namespace dftp::server::commands
