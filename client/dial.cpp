#include "client/dial.h"

#include <algorithm>

#include "proto/net/connect.h"
#include "proto/net/tls.h"

namespace dftp::client {
namespace {

using Clock = std::chrono::steady_clock;

// Authorities that cannot be read are a mistake in the call.
Result<net::TlsClient> make_client(const net::ServerCheck& check) {
  auto client = net::TlsClient::make(check);
  if (!client && !check.authorities.empty() && client.error().where == check.authorities) {
    client.error().code = Code::usage;
  }
  return client;
}

net::Task<Result<Dialed>> dial_unix(const Endpoint& endpoint, net::Duration limit) {
  const auto begun = Clock::now();
  auto plain = co_await net::connect(endpoint, limit);
  if (!plain) co_return std::unexpected(std::move(plain.error()));
  const auto connected = Clock::now();
  co_return Dialed{std::move(*plain), endpoint, {}, connected - begun, connected, connected - begun};
}

}  // namespace

net::Task<Result<Dialed>> dial(net::DiskPool& pool, const Endpoint& endpoint, const IdentityPolicy& identity,
                               net::Duration limit, const OnReached& on_reached) {
  if (endpoint.is_unix()) co_return co_await dial_unix(endpoint, limit);
  const net::ServerCheck check{endpoint.host, identity.fingerprint, identity.authorities};
  const auto client = make_client(check);
  if (!client) co_return std::unexpected(client.error());

  const auto begun = Clock::now();
  auto plain = co_await net::connect(endpoint, limit);
  if (!plain) co_return std::unexpected(std::move(plain.error()));
  const auto connected = Clock::now();
  const auto address = parse_endpoint((*plain)->peer());
  // On one machine it is the processes that are waited for, not the path.
  const bool local = (*plain)->local();
  const auto reached_in = local ? net::Duration() : connected - begun;
  if (address && on_reached) on_reached(*address, reached_in);
  const auto left = std::max<net::Duration>(limit - (connected - begun), std::chrono::milliseconds(1));
  auto secured = co_await client->secure(std::move(*plain), left);
  if (!secured) co_return std::unexpected(std::move(secured.error()));
  // Of the two the one that was not held up by a name server or a slow CPU.
  const auto round_trip = std::min(reached_in, Clock::now() - connected);
  const auto took = Clock::now() - begun;
  Known known = Known::before;
  if (identity.fingerprint.empty() && identity.authorities.empty()) {
    const auto vouched = [&] { return net::system_vouches(secured->chain, endpoint.host); };
    const auto check_file = [&] { return check_known(identity, endpoint, secured->fingerprint, vouched); };
    const auto checked = co_await pool.run(check_file);
    if (!checked) co_return std::unexpected(checked.error());
    known = *checked;
  }
  if (!identity.fingerprint.empty()) {
    const auto remember = [&] { return remember_pinned(identity, endpoint), true; };
    co_await pool.run(remember);
  }
  co_return Dialed{std::move(secured->stream),
                   address ? *address : endpoint,
                   secured->fingerprint,
                   round_trip,
                   connected,
                   took,
                   known};
}

net::Task<Result<SecuredStream>> secure_for_anybody(std::unique_ptr<net::Stream> connected, const std::string& host,
                                                    bool plain, net::Duration limit) {
  if (plain) co_return SecuredStream{std::move(connected), {}};
  const net::ServerCheck anybody{host, {}, {}};
  const auto client = make_client(anybody);
  if (!client) co_return std::unexpected(client.error());
  auto secured = co_await client->secure(std::move(connected), limit);
  if (!secured) co_return std::unexpected(std::move(secured.error()));
  co_return SecuredStream{std::move(secured->stream), std::move(secured->fingerprint)};
}

net::Task<Result<std::unique_ptr<net::Stream>>> dial_again(const DataRoute& route, net::Duration limit) {
  auto plain = co_await net::connect(route.address, limit);
  if (!plain) co_return plain;
  co_return co_await secure_data(std::move(*plain), route, limit);
}

net::Task<Result<std::unique_ptr<net::Stream>>> secure_data(std::unique_ptr<net::Stream> plain, const DataRoute& route,
                                                            net::Duration limit) {
  if (route.plain || route.address.is_unix()) co_return plain;
  const net::ServerCheck check{route.host, route.fingerprint, {}};
  const auto client = make_client(check);
  if (!client) co_return std::unexpected(client.error());
  auto secured = co_await client->secure(std::move(plain), limit);
  if (!secured) co_return std::unexpected(std::move(secured.error()));
  co_return std::move(secured->stream);
}

}  // namespace dftp::client
