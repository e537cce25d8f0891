#include "proto/net/connect.h"

#include <sys/socket.h>

#include <algorithm>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <cstring>
#include <vector>

#include "proto/net/address.h"
#include "proto/net/socket_stream.h"

namespace dftp::net {

namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using Clock = Watchdog::Clock;

constexpr auto unix_retry = 10ms;

// What the resolver's thread works for. Looking up a name cannot be broken off, so it may outlive the wait.
struct AddressLookup {
  explicit AddressLookup(Executor executor) : resolver(executor), done(executor, Clock::time_point::max()) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  bool ended = false;
  asio::error_code failed;
  std::vector<Address> addresses;
};

Address address_of(const tcp::endpoint& endpoint) {
  Address address;
  address.length = static_cast<socklen_t>(endpoint.size());
  std::memcpy(address.data(), endpoint.data(), endpoint.size());
  return address;
}

Task<Result<std::vector<Address>>> look_up(const Endpoint& endpoint, Clock::time_point deadline) {
  asio::error_code no_address;
  auto numeric = asio::ip::make_address(endpoint.host, no_address);
  if (!no_address) co_return std::vector{address_of(tcp::endpoint(numeric, endpoint.port))};

  auto lookup = std::make_shared<AddressLookup>(co_await asio::this_coro::executor);
  lookup->done.expires_at(deadline);
  // Without address_configured: on a machine with loopback alone it would hide ::1.
  lookup->resolver.async_resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::numeric_service,
                                 [lookup](asio::error_code failed, tcp::resolver::results_type results) {
                                   lookup->ended = true;
                                   lookup->failed = failed;
                                   for (const auto& result : results) {
                                     lookup->addresses.push_back(address_of(result.endpoint()));
                                   }
                                   lookup->done.cancel();
                                 });
  asio::error_code ignored;
  co_await lookup->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!lookup->ended) co_return fail(Code::timed_out, endpoint.host, "no answer from the name service");
  if (lookup->failed || lookup->addresses.empty()) {
    co_return fail(Code::unreachable, endpoint.host, "the name cannot be resolved: " + lookup->failed.message());
  }
  co_return std::move(lookup->addresses);
}

std::unexpected<Error> no_connection(int number, const Endpoint& endpoint) {
  Error error = from_errno(number, endpoint.text());
  switch (number) {
    case ECONNREFUSED:
    case ENOENT:
      error.code = Code::unreachable;
      error.detail = "nothing listens there; is the server up?";
      break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
      error.code = Code::unreachable;
      error.detail = "there is no way to that host";
      break;
    case ECONNRESET:
    case ETIMEDOUT:
      error.code = Code::unreachable;
      error.detail = "the host does not answer";
      break;
  }
  return std::unexpected(std::move(error));
}

// The errno of a connect() that went on in the background; ETIMEDOUT when it still does at the deadline.
Task<int> connected(UniqueFd& socket, Clock::time_point deadline) {
  auto executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor waiting(executor);
  asio::error_code failed;
  waiting.assign(socket.get(), failed);
  if (failed) co_return failed.value();
  socket.release();
  asio::steady_timer timer(executor, deadline);
  auto [order, ready, passed] =
      co_await asio::experimental::make_parallel_group(
          waiting.async_wait(asio::posix::descriptor_base::wait_write, asio::experimental::deferred),
          timer.async_wait(asio::experimental::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  socket.reset(waiting.release());
  if (order[0] == 1) co_return ETIMEDOUT;
  int number = 0;
  socklen_t length = sizeof(number);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &number, &length);
  co_return number;
}

// 0, or an errno.
Task<int> connect_to(const Address& address, UniqueFd& socket, Clock::time_point deadline) {
  socket.reset(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) co_return errno;
  for (;;) {
    if (::connect(socket.get(), address.data(), address.length) == 0) co_return 0;
    if (errno == EINPROGRESS) co_return co_await connected(socket, deadline);
    // A UNIX socket whose backlog is full.
    if (errno != EAGAIN && errno != EINTR) co_return errno;
    if (Clock::now() >= deadline) co_return ETIMEDOUT;
    co_await sleep_for(unix_retry);
  }
}

Task<Result<std::vector<Address>>> addresses_of(const Endpoint& endpoint, Clock::time_point deadline) {
  if (!endpoint.is_unix()) co_return co_await look_up(endpoint, deadline);
  auto address = unix_address(endpoint.unix_socket);
  if (!address) co_return std::unexpected(address.error());
  co_return std::vector{*address};
}

}  // namespace

Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& endpoint, Duration limit) {
  auto executor = co_await asio::this_coro::executor;
  auto deadline = deadline_after(limit);
  auto addresses = co_await addresses_of(endpoint, deadline);
  if (!addresses) co_return std::unexpected(addresses.error());
  int number = ETIMEDOUT;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    // A dead address leaves time for those after it.
    auto now = Clock::now();
    auto share = (deadline - now) / static_cast<int>(addresses->size() - i);
    UniqueFd socket;
    number = co_await connect_to((*addresses)[i], socket, now + share);
    if (number != 0) continue;
    auto stream = SocketStream::adopt(executor, std::move(socket));
    if (!stream) co_return std::unexpected(stream.error());
    co_return std::move(*stream);
  }
  if (number == ETIMEDOUT && Clock::now() >= deadline) {
    co_return fail(Code::timed_out, endpoint.text(), "the host does not answer");
  }
  co_return no_connection(number, endpoint);
}

Task<Result<bool>> begins_tls(Stream& plain, Duration limit) {
  constexpr std::byte tls_handshake{0x16};
  SocketStream* socket = socket_of(plain);
  if (!socket) co_return fail(Code::unsupported, plain.peer(), "only a plain socket can be looked into");
  socket->set_read_deadline(deadline_after(limit));
  Result<std::optional<std::byte>> first = std::nullopt;
  while (first && !*first) {
    first = socket->try_peek();
    if (!first || *first) break;
    if (auto ready = co_await socket->wait_readable(); !ready) first = std::unexpected(ready.error());
  }
  socket->set_read_deadline(Clock::time_point::max());
  if (!first) co_return std::unexpected(first.error());
  co_return **first == tls_handshake;
}

}  // namespace dftp::net
