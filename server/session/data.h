// A data connection, from its attach block to what it is for. docs/protocol/core.md, "Data connections".
#pragma once

#include "proto/net/stream.h"
#include "proto/wire/block.h"
#include "server/session/server_context.h"

namespace dftp::server {

// Checks the ticket, answers, and moves the stream to the loop of what it is for. `unknown` is given back as soon as
// the ticket has been proved.
net::Task<void> attach(ServerContext& context, std::unique_ptr<net::Stream> stream, const AttachProof& proof,
                       Slot unknown);

}  // namespace dftp::server
