// How a TCP connection fares, as the kernel counts it.
#pragma once

#include <cstdint>

namespace dftp::net {

// Segments that were sent again, and segments that came out of order because one before them was lost. 0 where the
// kernel cannot tell.
std::uint64_t tcp_lost_segments(int socket);

}  // namespace dftp::net
