// What the operator's socket answers of penalties.
#pragma once

#include "proto/wire/penalty.h"
#include "server/session/server_context.h"

namespace dftp::server {

ListPenaltiesReply list_penalties(const ServerContext& context, const ListPenalties& request);
// Code::not_found for a source that has none.
Result<LiftPenaltyReply> lift_penalty(const ServerContext& context, const LiftPenalty& request);

}  // namespace dftp::server
