// Opening and accepting streams.
#pragma once

#include "proto/net/stream.h"
#include "proto/net/unique_fd.h"
#include "proto/wire/url.h"

namespace dftp::net {

// Connects (every address of the name in turn, as the resolver orders them). Code::unreachable says which host and why.
// TCP_NODELAY and keepalive are set.
Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& endpoint, Duration limit);

// A listening socket. Lives on one loop.
class Listener {
 public:
  virtual ~Listener() = default;
  // The next connection, living on `home`'s loop. Waits out running out of descriptors; fails only when closed.
  virtual Task<Result<std::unique_ptr<Stream>>> accept(Executor home) = 0;
  virtual void close() = 0;
  // With the real port where 0 was asked for.
  virtual const Endpoint& endpoint() const = 0;
};
// "::" listens on both families. A stale UNIX socket file is replaced, a live one is Code::busy; `mode` is who may
// connect to it: who may come in is usually found out by logins, not by the umask of whoever started the server.
Result<std::unique_ptr<Listener>> listen(Executor executor, const Endpoint& endpoint, std::uint32_t mode = 0660);
// Takes a listening socket over that somebody else has opened; the file of a UNIX socket stays theirs. Code::usage for
// what is none.
Result<std::unique_ptr<Listener>> adopt_listener(Executor executor, UniqueFd socket);
// Whether this process may listen there, as far as can be told while another one may do it already. Changes nothing.
Result<void> check_listen(const Endpoint& endpoint);

// True when the first byte, which is not consumed, begins a TLS handshake (0x16); a plain frame begins with 0x00.
Task<Result<bool>> begins_tls(Stream& plain, Duration limit);

}  // namespace dftp::net
