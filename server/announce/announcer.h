// Answers those on the local network who ask which servers there are. docs/protocol/discovery.md.
#pragma once

#include <memory>
#include <vector>

#include "proto/net/datagram.h"
#include "proto/wire/discovery.h"
#include "proto/wire/limits.h"
#include "server/guard/window_counters.h"

namespace dftp::server {

// Lives on one loop, which ends before it goes.
class Announcer {
 public:
  // `endpoints`: where the server listens. Who cannot reach it gets no answer.
  Announcer(DiscoveryAnswer about, std::vector<Endpoint> endpoints)
      : about_(std::move(about)), endpoints_(std::move(endpoints)) {}

  // For IPv4 and IPv6, as far as the machine has them. An error when neither is possible.
  Result<void> start(net::Executor executor);
  void close();
  // What it says from now on.
  void change(DiscoveryAnswer about) { about_ = std::move(about); }

 private:
  net::Task<void> answer_all(net::DatagramSocket& socket);
  net::Task<void> keep_joined(net::DatagramSocket& socket) const;
  // What goes back; empty: nothing.
  std::string answer(const net::Address& from, std::string_view datagram);

  DiscoveryAnswer about_;
  const std::vector<Endpoint> endpoints_;
  std::vector<std::unique_ptr<net::DatagramSocket>> sockets_;
  bool closed_ = false;
  WindowCounters by_source_{limits::discovery_per_source, std::chrono::seconds(1), limits::discovery_sources};
  WindowCounters all_{limits::discovery_in_all, std::chrono::seconds(1), 1};
};

}  // namespace dftp::server
