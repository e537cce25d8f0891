// Opening connections to a server and being sure which one it is.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client/identity.h"
#include "proto/net/disk_pool.h"
#include "proto/net/stream.h"

namespace dftp::client {

struct Dialed {
  std::unique_ptr<net::Stream> stream;
  Endpoint address;            // where it really led: of a name with several addresses, the one that answered
  std::string fingerprint;     // empty on a UNIX socket
  net::Duration round_trip{};  // 0 on one machine
  std::chrono::steady_clock::time_point connected_at;
  net::Duration took{};  // TCP and TLS
  Known known = Known::before;
};

// Called when TCP stands and TLS begins: where it led, and how long that took.
using OnReached = std::function<void(const Endpoint& address, net::Duration took)>;

// TCP, TLS and the identity's check; a UNIX socket is connected and that is all. `limit` holds for TCP and TLS
// together, not for somebody who is asked. Code::usage for authorities that cannot be read.
net::Task<Result<Dialed>> dial(net::DiskPool& pool, const Endpoint& endpoint, const IdentityPolicy& identity,
                               net::Duration limit, const OnReached& on_reached);

// TLS with whoever is there, unless `plain`: whose key it is has to be looked at before anything is said.
struct SecuredStream {
  std::unique_ptr<net::Stream> stream;
  std::string fingerprint;  // empty without TLS
};
net::Task<Result<SecuredStream>> secure_for_anybody(std::unique_ptr<net::Stream> connected, const std::string& host,
                                                    bool plain, net::Duration limit);

// Once more to where `before` led, for blocks; the key must be the same. `plain`: without TLS.
struct DataRoute {
  Endpoint address;
  std::string host;  // as in the URL
  std::string fingerprint;
  bool plain = false;
};
net::Task<Result<std::unique_ptr<net::Stream>>> dial_again(const DataRoute& route, net::Duration limit);
// The second half of it: what is connected already gets its TLS, where it is to have some.
net::Task<Result<std::unique_ptr<net::Stream>>> secure_data(std::unique_ptr<net::Stream> plain, const DataRoute& route,
                                                            net::Duration limit);

}  // namespace dftp::client
