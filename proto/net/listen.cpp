#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <filesystem>

#include "proto/net/address.h"
#include "proto/net/connect.h"
#include "proto/net/socket_stream.h"

namespace dftp::net {

namespace {

using namespace std::chrono_literals;

// Out of descriptors: others must close some first.
constexpr auto accept_again = 100ms;
// Of one turn, so that a flood of connections does not keep the loop from its sessions.
constexpr int accepts_a_turn = 16;

struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

std::optional<FileIdentity> identity_of(const std::string& path) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) return std::nullopt;
  return FileIdentity{.device = found.st_dev, .inode = found.st_ino};
}

// Whose the file of a UNIX socket is.
enum class Owner { this_process, another };

class SocketListener final : public Listener {
 public:
  SocketListener(Executor executor, Endpoint endpoint, Owner owner)
      : socket_(executor), endpoint_(std::move(endpoint)) {
    if (owner == Owner::this_process) file_ = identity_of(endpoint_.unix_socket);
  }
  ~SocketListener() override { close(); }

  Result<void> watch(UniqueFd socket) {
    asio::error_code failed;
    socket_.assign(socket.get(), failed);
    if (failed) return fail_errno(failed.value(), endpoint_.text());
    socket.release();
    return {};
  }

  Task<Result<std::unique_ptr<Stream>>> accept(Executor home) override {
    if (++accepts_without_wait_ >= accepts_a_turn) {
      accepts_without_wait_ = 0;
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    }
    while (socket_.is_open()) {
      UniqueFd accepted(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (accepted) {
        auto stream = SocketStream::adopt(home, std::move(accepted));
        if (stream) co_return std::move(*stream);
        if (stream.error().code != Code::disconnected) co_await sleep_for(accept_again);
      } else {
        int number = errno;
        co_await wait_after(number);
      }
    }
    co_return fail(Code::cancelled, endpoint_.text(), "the listener was closed");
  }

  void close() override {
    if (!socket_.is_open()) return;
    // Only its own: another server may have taken the path over.
    if (file_ && identity_of(endpoint_.unix_socket) == file_) ::unlink(endpoint_.unix_socket.c_str());
    asio::error_code ignored;
    socket_.close(ignored);
  }

  const Endpoint& endpoint() const override { return endpoint_; }

 private:
  // ECONNABORTED and its kin are the matter of one connection that is gone already: the next one is tried at once.
  Task<void> wait_after(int number) {
    if (number == EAGAIN) {
      accepts_without_wait_ = 0;
      asio::error_code ignored;
      co_await socket_.async_wait(asio::posix::descriptor_base::wait_read,
                                  asio::redirect_error(asio::use_awaitable, ignored));
    } else if (number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM) {
      co_await sleep_for(accept_again);
    }
  }

  asio::posix::stream_descriptor socket_;
  Endpoint endpoint_;
  std::optional<FileIdentity> file_;
  int accepts_without_wait_ = 0;
};

enum class Then { listen, nothing };

Result<UniqueFd> bound(const Address& address, const Endpoint& endpoint, std::uint32_t mode = 0,
                       Then then = Then::listen) {
  UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno(errno, endpoint.text());
  // A file that bind() makes gets this mode from the first moment on, but for the umask.
  if (address.family() == AF_UNIX) ::fchmod(socket.get(), mode);
  int on = 1, off = 0;
  if (address.family() != AF_UNIX) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.family() == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (::bind(socket.get(), address.data(), address.length) != 0 ||
      (then == Then::listen && ::listen(socket.get(), SOMAXCONN) != 0)) {
    int number = errno;
    if (number == EADDRINUSE)
      return fail(Code::busy, endpoint.text(), "something else listens there already; give another port with --listen");
    if (number == EADDRNOTAVAIL)
      return fail(Code::usage, endpoint.text(), "this machine has no such address; [::]:PORT listens on all it has");
    return fail_errno(number, endpoint.text());
  }
  return socket;
}

// A socket file that nobody listens on any more, left by a server that was killed.
bool is_stale(const Address& address, const std::string& path) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe && ::connect(probe.get(), address.data(), address.length) != 0 && errno == ECONNREFUSED;
}

Result<UniqueFd> bound_unix(const Endpoint& endpoint, std::uint32_t mode) {
  auto address = unix_address(endpoint.unix_socket);
  if (!address) return std::unexpected(address.error());
  auto socket = bound(*address, endpoint, mode);
  if (!socket && socket.error().code == Code::busy && is_stale(*address, endpoint.unix_socket)) {
    ::unlink(endpoint.unix_socket.c_str());
    socket = bound(*address, endpoint, mode);
  }
  if (socket && ::chmod(endpoint.unix_socket.c_str(), mode) != 0) return fail_errno(errno, endpoint.text());
  return socket;
}

Result<std::vector<Address>> addresses_of(const Endpoint& endpoint) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  std::string host = endpoint.host.empty() ? "::" : endpoint.host;
  int failed = ::getaddrinfo(host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (failed) {
    return fail(Code::usage, endpoint.text(), std::string("no address to listen on: ") + ::gai_strerror(failed));
  }
  std::vector<Address> addresses;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    Address& address = addresses.emplace_back();
    std::memcpy(address.data(), one->ai_addr, one->ai_addrlen);
    address.length = one->ai_addrlen;
  }
  ::freeaddrinfo(found);
  return addresses;
}

// "::" on a machine without IPv6.
Address any_v4(std::uint16_t port) {
  Address address;
  auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  address.length = sizeof(in);
  return address;
}

Result<UniqueFd> bound_tcp(const Endpoint& endpoint, Then then = Then::listen) {
  auto addresses = addresses_of(endpoint);
  if (!addresses) return std::unexpected(addresses.error());
  auto socket = bound(addresses->front(), endpoint, 0, then);
  bool any = endpoint.host.empty() || endpoint.host == "::";
  if (!socket && any && socket.error().errno_name == "EAFNOSUPPORT")
    return bound(any_v4(endpoint.port), endpoint, 0, then);
  return socket;
}

Result<Endpoint> endpoint_of(const Address& address) {
  if (address.family() != AF_UNIX) return parse_endpoint(text_of(address));
  const auto& file = reinterpret_cast<const sockaddr_un&>(address.storage);
  return Endpoint{.unix_socket = file.sun_path};
}

Result<void> check_unix(const Endpoint& endpoint) {
  if (const auto address = unix_address(endpoint.unix_socket); !address) return std::unexpected(address.error());
  const std::filesystem::path directory = std::filesystem::path(endpoint.unix_socket).parent_path();
  if (::access(directory.c_str(), W_OK | X_OK) != 0) return fail_errno(errno, directory);
  return {};
}

}  // namespace

Result<std::unique_ptr<Listener>> listen(Executor executor, const Endpoint& endpoint, std::uint32_t mode) {
  auto socket = endpoint.is_unix() ? bound_unix(endpoint, mode) : bound_tcp(endpoint);
  if (!socket) return std::unexpected(socket.error());
  Endpoint real = endpoint;
  if (!endpoint.is_unix()) {
    Address address;
    ::getsockname(socket->get(), address.data(), &address.length);
    real.port = port_of(address);
  }
  auto listener = std::make_unique<SocketListener>(std::move(executor), std::move(real), Owner::this_process);
  if (auto watched = listener->watch(std::move(*socket)); !watched) return std::unexpected(watched.error());
  return listener;
}

Result<std::unique_ptr<Listener>> adopt_listener(Executor executor, UniqueFd socket) {
  int listens = 0, type = 0;
  socklen_t length = sizeof(int);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &length);
  length = sizeof(int);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &length);
  Address address;
  if (listens == 0 || type != SOCK_STREAM || ::getsockname(socket.get(), address.data(), &address.length) != 0)
    return fail(Code::usage, "descriptor " + std::to_string(socket.get()), "is no stream socket that listens");
  ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
  const auto endpoint = endpoint_of(address);
  if (!endpoint) return std::unexpected(endpoint.error());
  auto listener = std::make_unique<SocketListener>(std::move(executor), *endpoint, Owner::another);
  if (auto watched = listener->watch(std::move(socket)); !watched) return std::unexpected(watched.error());
  return listener;
}

Result<void> check_listen(const Endpoint& endpoint) {
  if (endpoint.is_unix()) return check_unix(endpoint);
  const auto socket = bound_tcp(endpoint, Then::nothing);
  // A server that runs has it.
  if (!socket && socket.error().code != Code::busy) return std::unexpected(socket.error());
  return {};
}

}  // namespace dftp::net
