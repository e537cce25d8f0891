#include "proto/net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace dftp::net {

namespace {

const sockaddr_in& v4(const Address& address) {
  return reinterpret_cast<const sockaddr_in&>(address.storage);
}
const sockaddr_in6& v6(const Address& address) {
  return reinterpret_cast<const sockaddr_in6&>(address.storage);
}

}  // namespace

Result<Address> unix_address(const std::string& path) {
  Address address;
  auto& un = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.size() >= sizeof(un.sun_path)) {
    return fail(Code::name_too_long, path,
                "the path of a UNIX socket has at most " + std::to_string(sizeof(un.sun_path) - 1) + " bytes");
  }
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.c_str(), path.size() + 1);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

Address unmapped(const Address& address) {
  if (address.family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6(address).sin6_addr)) return address;
  Address result;
  auto& in = reinterpret_cast<sockaddr_in&>(result.storage);
  in.sin_family = AF_INET;
  in.sin_port = v6(address).sin6_port;
  std::memcpy(&in.sin_addr, v6(address).sin6_addr.s6_addr + 12, sizeof(in.sin_addr));
  result.length = sizeof(sockaddr_in);
  return result;
}

std::string text_of(const Address& address) {
  char host[NI_MAXHOST] = "";
  ::getnameinfo(address.data(), address.length, host, sizeof(host), nullptr, 0, NI_NUMERICHOST);
  std::string port = std::to_string(port_of(address));
  return address.family() == AF_INET6 ? "[" + std::string(host) + "]:" + port : std::string(host) + ":" + port;
}

bool is_loopback(const Address& address) {
  Address plain = unmapped(address);
  if (plain.family() == AF_INET) return ntohl(v4(plain).sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  return plain.family() == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6(plain).sin6_addr);
}

std::uint16_t port_of(const Address& address) {
  return ntohs(address.family() == AF_INET6 ? v6(address).sin6_port : v4(address).sin_port);
}

}  // namespace dftp::net
