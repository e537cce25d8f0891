#include "server/observe/source.h"

#include <arpa/inet.h>

#include <algorithm>

namespace dftp::server {

std::string source_of(std::string_view peer) {
  if (peer.starts_with("unix:")) return std::string(peer);
  if (!peer.starts_with('[')) return std::string(peer.substr(0, peer.rfind(':')));
  const std::string host(peer.substr(1, peer.find_first_of("%]") - 1));
  in6_addr address{};
  if (::inet_pton(AF_INET6, host.c_str(), &address) != 1) return host;
  if (IN6_IS_ADDR_LOOPBACK(&address)) return host;
  std::fill(address.s6_addr + 8, address.s6_addr + 16, std::uint8_t{0});
  char text[INET6_ADDRSTRLEN];
  return std::string(::inet_ntop(AF_INET6, &address, text, sizeof text)) + "/64";
}

}  // namespace dftp::server
