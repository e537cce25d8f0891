// A data connection, from its attach block to what it is for. docs/protocol/core.md, "Data connections".
#pragma once

#include "proto/net/stream.h"
#include "proto/transfer/attached_stream.h"
#include "server/session/server_context.h"

namespace dftp::server {

// Checks the ticket, answers, and moves the stream to the loop of what it is for. `unknown` is given back as soon as
// the ticket has been proved. One that comes before its request waits for it, as long as a ticket lives. `executor`:
// the loop that this runs on.
net::Task<void> attach(ServerContext& context, net::Executor executor, std::unique_ptr<net::Stream> stream,
                       AttachRequest request, Slot unknown);

}  // namespace dftp::server
