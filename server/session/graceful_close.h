// Ending a connection so that the last words arrive: a socket closed with bytes unread takes back what the peer has not
// read yet.
#pragma once

#include "proto/net/stream.h"

namespace dftp::server {

// Reads and throws away until the peer ends the connection or the stream fails.
net::Task<void> drain_stream(net::Stream& stream);

// Says `error` as a frame, on a data connection as an `abort` block, and goodbye; gives the peer a second to close
// first.
net::Task<void> reject(net::Stream& stream, const Error& error);
net::Task<void> reject_data(net::Stream& stream, const Error& error);

}  // namespace dftp::server
