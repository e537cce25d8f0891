// A connection that has just been accepted: TLS or not, and from its first frame, what it is.
#pragma once

#include "proto/net/tls.h"
#include "server/session/worker.h"

namespace dftp::server {

// Runs on the worker's loop, on which `stream` lives, until the connection is over or has become a data connection.
net::Task<void> accept_connection(Worker& worker, const net::TlsServer& tls, std::unique_ptr<net::Stream> stream);

}  // namespace dftp::server
