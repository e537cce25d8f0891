#include "proto/net/tcp_lost_segments.h"

// The C library's tcp_info ends before tcpi_rcv_ooopack (Linux 5.4).
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace dftp::net {

std::uint64_t tcp_lost_segments(int socket) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  // What an older kernel does not fill in stays 0.
  return std::uint64_t{info.tcpi_total_retrans} + info.tcpi_rcv_ooopack;
}

}  // namespace dftp::net
