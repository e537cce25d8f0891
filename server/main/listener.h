// The addresses that the server listens on.
#pragma once

#include <deque>

#include "proto/net/connect.h"
#include "proto/net/tls.h"
#include "server/session/worker.h"

namespace dftp::server {

// Lives on one loop.
class Listeners {
 public:
  Listeners(const net::TlsServer& tls, std::deque<Worker>& workers) : tls_(tls), workers_(workers) {}
  // All of them or an error that names the one that failed.
  Result<void> open(net::Executor executor, const std::vector<Endpoint>& endpoints);
  // Those that the service manager listens on for us.
  Result<void> adopt(net::Executor executor, std::vector<net::UniqueFd> sockets);
  // Begins to accept; connections go to the workers in turn.
  void start(net::Executor executor);
  void close();
  // Where they really listen.
  std::vector<Endpoint> endpoints() const;

 private:
  net::Task<void> accept_all(net::Listener& listener);

  const net::TlsServer& tls_;
  std::deque<Worker>& workers_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::size_t next_ = 0;
};

}  // namespace dftp::server
