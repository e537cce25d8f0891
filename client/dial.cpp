#include "client/dial.h"

#include "proto/net/connect.h"
#include "proto/net/tls.h"

namespace dftp::client {
namespace {

using Clock = std::chrono::steady_clock;

net::Task<Result<net::TlsClient::Secured>> secure(std::unique_ptr<net::Stream>& plain, const net::ServerCheck& check,
                                                  net::Duration limit) {
  const auto client = net::TlsClient::make(check);
  if (!client) co_return std::unexpected(client.error());
  co_return co_await client->secure(std::move(plain), limit);
}

}  // namespace

net::Task<Result<Dialed>> dial(net::DiskPool& pool, const Endpoint& endpoint, const IdentityPolicy& identity,
                               net::Duration limit) {
  const auto begun = Clock::now();
  auto plain = co_await net::connect(endpoint, limit);
  if (!plain) co_return std::unexpected(std::move(plain.error()));
  const auto connected = Clock::now();
  if (endpoint.is_unix()) co_return Dialed{std::move(*plain), endpoint, {}, connected - begun, connected};

  const auto address = parse_endpoint((*plain)->peer());
  const net::ServerCheck check{endpoint.host, identity.fingerprint, identity.authorities};
  auto secured = co_await secure(*plain, check, limit);
  if (!secured) co_return std::unexpected(std::move(secured.error()));
  // Of the two the one that was not held up by a name server or a slow CPU.
  const auto round_trip = std::min(connected - begun, Clock::now() - connected);
  if (identity.fingerprint.empty() && identity.authorities.empty()) {
    const auto check_file = [&] { return check_known(identity, endpoint, secured->fingerprint); };
    if (auto known = co_await pool.run(check_file); !known) co_return std::unexpected(std::move(known.error()));
  }
  if (!identity.fingerprint.empty()) {
    const auto remember = [&] { return remember_pinned(identity, endpoint), true; };
    co_await pool.run(remember);
  }
  co_return Dialed{std::move(secured->stream), address ? *address : endpoint, secured->fingerprint, round_trip,
                   connected};
}

net::Task<Result<std::unique_ptr<net::Stream>>> dial_again(const DataRoute& route, net::Duration limit) {
  auto plain = co_await net::connect(route.address, limit);
  if (!plain || route.plain || route.address.is_unix()) co_return plain;
  const net::ServerCheck check{route.host, route.fingerprint, {}};
  auto secured = co_await secure(*plain, check, limit);
  if (!secured) co_return std::unexpected(std::move(secured.error()));
  co_return std::move(secured->stream);
}

}  // namespace dftp::client
