// Socket addresses as the kernel takes them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "proto/wire/error.h"

namespace dftp::net {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  int family() const { return storage.ss_family; }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Code::name_too_long when it does not fit a sockaddr_un.
Result<Address> unix_address(const std::string& path);
// An IPv4 address that came in through an IPv6 socket becomes one again.
Address unmapped(const Address& address);
// "192.0.2.7:51234", "[::1]:51234"; only for IPv4 and IPv6.
std::string text_of(const Address& address);
bool is_loopback(const Address& address);
std::uint16_t port_of(const Address& address);

}  // namespace dftp::net
