// UDP on the local network.
#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <memory>
#include <vector>

#include "proto/net/address.h"
#include "proto/net/async.h"
#include "proto/wire/bytes.h"
#include "proto/wire/url.h"

namespace dftp::net {

// Lives on one loop; one receive at a time.
class DatagramSocket {
 public:
  // Bound to all addresses of `family` (AF_INET, AF_INET6); port 0: any. Several may have the same port: what is sent
  // to many, all of them get. What is sent goes no further than this link. Code::unsupported where the machine does not
  // have the family.
  static Result<std::unique_ptr<DatagramSocket>> open(const Executor& executor, int family, std::uint16_t port);

  struct Received {
    Address from;
    std::size_t size = 0;  // more than fits `out` is cut off
  };
  // Code::cancelled after close().
  Task<Result<Received>> receive(MutableBytes out);
  // False when it did not go, which happens with datagrams.
  bool send(const Address& to, Bytes datagram);
  // Takes part in an IPv6 group on each interface that there is now.
  void join(std::string_view group);
  void close();
  int family() const { return family_; }

 private:
  DatagramSocket(const Executor& executor, int family) : socket_(executor), family_(family) {}
  asio::posix::stream_descriptor socket_;
  const int family_;
};

// Where everybody on this link hears it: the broadcast address of each interface, or `group` on each, and this machine.
std::vector<Address> broadcast_addresses(int family, std::string_view group, std::uint16_t port);

// The address without its port: "192.0.2.7", "fe80::1%eth0".
std::string host_of(const Address& address);

// The address of this machine from which `peer` is answered, without a port; empty where there is no way to it.
std::string host_towards(const Address& peer);

// Whether who listens at `endpoint` is reached at this address of the machine (as host_towards() has it).
bool listens_at(const Endpoint& endpoint, const std::string& host);

}  // namespace dftp::net
