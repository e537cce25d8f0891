#include "proto/net/datagram.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <asio/redirect_error.hpp>
#include <cerrno>
#include <cstring>
#include <set>

#include "proto/net/unique_fd.h"

namespace dftp::net {
namespace {

constexpr int on = 1, one_hop = 1;

Address any_address(int family, std::uint16_t port) {
  Address address;
  address.storage.ss_family = static_cast<sa_family_t>(family);
  reinterpret_cast<sockaddr_in&>(address.storage).sin_port = htons(port);  // at the same place in both
  address.length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  return address;
}

Address group_address(std::string_view group, std::uint16_t port, unsigned interface) {
  Address address = any_address(AF_INET6, port);
  auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
  ::inet_pton(AF_INET6, std::string(group).c_str(), &in.sin6_addr);
  in.sin6_scope_id = interface;
  return address;
}

Address v4_address(in_addr host, std::uint16_t port) {
  Address address = any_address(AF_INET, port);
  reinterpret_cast<sockaddr_in&>(address.storage).sin_addr = host;
  return address;
}

struct Interfaces {
  Interfaces() { (void)::getifaddrs(&first); }
  ~Interfaces() { ::freeifaddrs(first); }
  Interfaces(const Interfaces&) = delete;
  Interfaces& operator=(const Interfaces&) = delete;
  ifaddrs* first = nullptr;
};

// The numbers of the interfaces that are up and have an IPv6 address.
std::set<unsigned> v6_interfaces() {
  const Interfaces interfaces;
  std::set<unsigned> numbers;
  for (const ifaddrs* one = interfaces.first; one; one = one->ifa_next) {
    if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET6 && (one->ifa_flags & IFF_UP))
      numbers.insert(::if_nametoindex(one->ifa_name));
  }
  numbers.erase(0);
  return numbers;
}

std::vector<Address> v4_everybody(std::uint16_t port) {
  const Interfaces interfaces;
  std::vector<Address> all = {v4_address({htonl(0x7fffffff)}, port)};
  for (const ifaddrs* one = interfaces.first; one; one = one->ifa_next) {
    const bool usable = one->ifa_addr && one->ifa_addr->sa_family == AF_INET && (one->ifa_flags & IFF_UP) &&
                        (one->ifa_flags & IFF_BROADCAST) && one->ifa_broadaddr;
    if (usable) all.push_back(v4_address(reinterpret_cast<const sockaddr_in*>(one->ifa_broadaddr)->sin_addr, port));
  }
  return all;
}

}  // namespace

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::open(const Executor& executor, int family, std::uint16_t port) {
  const std::string where = "UDP port " + std::to_string(port);
  UniqueFd fd(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd && errno == EAFNOSUPPORT) return fail(Code::unsupported, where, "this machine has no such addresses");
  if (!fd) return fail_errno(errno, where);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    ::setsockopt(fd.get(), IPPROTO_IP, IP_TTL, &one_hop, sizeof one_hop);
  } else {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, &one_hop, sizeof one_hop);
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &one_hop, sizeof one_hop);
  }
  const Address address = any_address(family, port);
  if (::bind(fd.get(), address.data(), address.length) != 0) return fail_errno(errno, where);
  std::unique_ptr<DatagramSocket> opened(new DatagramSocket(executor, family));
  asio::error_code error;
  opened->socket_.assign(fd.get(), error);
  if (error) return fail_errno(error.value(), where);
  fd.release();
  return opened;
}

Task<Result<DatagramSocket::Received>> DatagramSocket::receive(MutableBytes out) {
  while (socket_.is_open()) {
    Received received;
    const ssize_t got =
        ::recvfrom(socket_.native_handle(), out.data(), out.size(), 0, received.from.data(), &received.from.length);
    if (got >= 0) {
      received.size = static_cast<std::size_t>(got);
      co_return received;
    }
    // Anything else is the late answer to something that was sent, such as "nobody listens there".
    if (errno != EAGAIN) continue;
    asio::error_code ignored;
    co_await socket_.async_wait(asio::posix::descriptor_base::wait_read,
                                asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return fail(Code::cancelled, {}, "the socket was closed");
}

bool DatagramSocket::send(const Address& to, Bytes datagram) {
  return socket_.is_open() &&
         ::sendto(socket_.native_handle(), datagram.data(), datagram.size(), MSG_DONTWAIT, to.data(), to.length) >= 0;
}

void DatagramSocket::join(std::string_view group) {
  if (family_ != AF_INET6 || !socket_.is_open()) return;
  ipv6_mreq request{};
  ::inet_pton(AF_INET6, std::string(group).c_str(), &request.ipv6mr_multiaddr);
  for (const unsigned interface : v6_interfaces()) {
    request.ipv6mr_interface = interface;
    // It takes part there already, or cannot.
    (void)::setsockopt(socket_.native_handle(), IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request);
  }
}

void DatagramSocket::close() {
  asio::error_code ignored;
  socket_.close(ignored);
}

std::vector<Address> broadcast_addresses(int family, std::string_view group, std::uint16_t port) {
  if (family == AF_INET) return v4_everybody(port);
  std::vector<Address> all;
  for (const unsigned interface : v6_interfaces()) all.push_back(group_address(group, port, interface));
  return all;
}

std::string host_of(const Address& address) {
  char host[NI_MAXHOST] = "";
  (void)::getnameinfo(address.data(), address.length, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

std::string host_towards(const Address& peer) {
  const UniqueFd probe(::socket(peer.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Address own;
  const bool found = probe && ::connect(probe.get(), peer.data(), peer.length) == 0 &&
                     ::getsockname(probe.get(), own.data(), &own.length) == 0;
  return found ? host_of(own) : std::string();
}

bool listens_at(const Endpoint& endpoint, const std::string& host) {
  if (endpoint.is_unix() || host.empty()) return false;
  if (endpoint.host.empty() || endpoint.host == "::") return true;  // IPv4, too
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  if (::getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &found) != 0 || !found) return false;
  Address address;
  std::memcpy(address.data(), found->ai_addr, found->ai_addrlen);
  address.length = found->ai_addrlen;
  ::freeaddrinfo(found);
  const std::string own = host_of(address);
  const bool v4 = host.find(':') == host.npos;
  return own == host || (own == "0.0.0.0" && v4);
}

}  // namespace dftp::net
