#include "proto/net/socket_stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <fstream>

#include "proto/net/address.h"
#include "proto/net/disk_pool.h"
#include "proto/net/tcp_lost_segments.h"
#include "proto/wire/limits.h"

namespace dftp::net {

namespace {

using namespace std::chrono_literals;

// A dead peer is noticed after idle + interval * count = 60 s even when nothing is sent.
constexpr auto keepalive_idle = 20s;
constexpr auto keepalive_interval = 10s;
constexpr int keepalive_count = 4;
constexpr std::chrono::milliseconds keepalive_span = keepalive_idle + keepalive_interval * keepalive_count;
// A system call moves up to some 100 KiB: other tasks of the loop wait for no more than a few milliseconds.
constexpr int calls_a_turn = 16;

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof(value));  // a tuning: the stream works without it
}

// Between processes of one machine a receive buffer that the kernel lets grow (to net.ipv4.tcp_rmem's third number)
// makes nothing faster: what waits in it has left the caches, and is lost with its owner. The kernel doubles this
// number.
constexpr int local_receive_buffer = 2 << 20;

// What SO_RCVBUF can be set to; asking for more would end with this much, which may be very little.
int largest_receive_buffer() {
  static const int largest = [] {
    int number = 0;
    std::ifstream("/proc/sys/net/core/rmem_max") >> number;
    return number;
  }();
  return largest;
}

void tune_tcp(int socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(keepalive_idle.count()));
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(keepalive_interval.count()));
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, keepalive_count);
}

struct SendFile {
  std::uint64_t bytes = 0;
  int failed = 0;  // errno, of the call behind them
  Duration took{};
};

// Until the socket is full, or the file ends. Never waits for the socket, which does not block.
SendFile send_file(int socket, const FileRange& range) {
  const auto begun = std::chrono::steady_clock::now();
  SendFile sent;
  auto offset = static_cast<off_t>(range.offset);
  while (sent.bytes < range.length) {
    const auto count = ::sendfile(socket, range.file, &offset, range.length - sent.bytes);
    if (count > 0) sent.bytes += static_cast<std::uint64_t>(count);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) sent.failed = errno;
    if (count <= 0) break;
  }
  sent.took = std::chrono::steady_clock::now() - begun;
  return sent;
}

}  // namespace

Result<std::unique_ptr<SocketStream>> SocketStream::adopt(Executor executor, UniqueFd socket) {
  std::unique_ptr<SocketStream> stream(new SocketStream(executor));
  if (auto watched = stream->watch(std::move(socket)); !watched) return std::unexpected(watched.error());
  if (auto learnt = stream->learn_peer(); !learnt) return std::unexpected(learnt.error());
  if (stream->tcp_) tune_tcp(stream->socket_.native_handle());
  stream->set_timeout(limits::data_idle);
  return stream;
}

SocketStream::SocketStream(Executor executor)
    : socket_(executor), watchdog_(std::make_unique<Watchdog>(executor, [this] { end(Code::timed_out); })) {}

std::uint64_t SocketStream::lost_segments() {
  return tcp_ && socket_.is_open() ? tcp_lost_segments(socket_.native_handle()) : 0;
}

Result<void> SocketStream::watch(UniqueFd socket) {
  asio::error_code failed;
  socket_.assign(socket.get(), failed);
  if (failed) return broken(failed.value());  // the kernel has no room for another watch
  socket.release();
  return {};
}

Result<void> SocketStream::learn_peer() {
  int socket = socket_.native_handle();
  Address address;
  // Fails for a peer that has gone already, so what it is must not be guessed from the address.
  if (::getpeername(socket, address.data(), &address.length) != 0) return broken(errno);
  tcp_ = address.family() != AF_UNIX;
  local_ = !tcp_ || is_loopback(address);
  if (tcp_) {
    peer_ = text_of(unmapped(address));
    return {};
  }
  ucred kernel{};
  socklen_t length = sizeof(kernel);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &kernel, &length) != 0) return broken(errno);
  credentials_ = PeerCredentials{.uid = kernel.uid, .gid = kernel.gid, .pid = kernel.pid};
  peer_ = "unix:" + std::to_string(kernel.uid);
  return {};
}

Task<Result<std::size_t>> SocketStream::read_some(MutableBytes out) {
  if (out.empty()) co_return 0;
  for (;;) {
    auto got = try_read(out);
    if (!got) co_return std::unexpected(got.error());
    if (*got) {
      if (**got == 0) co_return fail(Code::disconnected, peer_, "the peer closed the connection");
      co_await take_turns();
      co_return **got;
    }
    if (auto ready = co_await wait(Direction::read); !ready) co_return std::unexpected(ready.error());
  }
}

Task<Result<void>> SocketStream::write(Bytes data) {
  for (;;) {
    auto sent = try_write(data);
    if (!sent) co_return std::unexpected(sent.error());
    data = data.subspan(*sent);
    if (data.empty()) break;
    if (auto ready = co_await wait(Direction::write); !ready) co_return std::unexpected(ready.error());
  }
  co_await take_turns();
  co_return Result<void>();
}

Task<Result<Stream::FileSent>> SocketStream::write_file(const FileRange& range, DiskPool& pool) {
  FileSent sent;
  while (sent.bytes < range.length) {
    if (ended_) co_return ended();
    // The pool's own: this one may be closed, and its number given to another, while a disk is waited for.
    UniqueFd socket(::fcntl(socket_.native_handle(), F_DUPFD_CLOEXEC, 0));
    if (!socket) co_return broken(errno);
    const FileRange rest{range.file, range.offset + sent.bytes, range.length - sent.bytes};
    const SendFile moved = co_await pool.run([&] { return send_file(socket.get(), rest); });
    sent.reading += moved.took;
    sent.bytes += moved.bytes;
    if (moved.failed == EAGAIN) {
      if (auto ready = co_await wait(Direction::write); !ready) co_return std::unexpected(ready.error());
    } else if (moved.failed == EIO || (moved.failed == 0 && moved.bytes == 0)) {
      break;
    } else if (moved.failed != 0) {
      co_return broken(moved.failed);
    }
  }
  co_return sent;
}

Task<void> SocketStream::finish() {
  if (!ended_) ::shutdown(socket_.native_handle(), SHUT_WR);
  co_return;
}

void SocketStream::expect_bulk() {
  bulk_ = true;
  if (!tcp_ || ended_) return;
  const int socket = socket_.native_handle();
  // The kernel would count a full receive buffer as silence, although the peer answers.
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
  if (local_ && largest_receive_buffer() >= local_receive_buffer)
    set_option(socket, SOL_SOCKET, SO_RCVBUF, local_receive_buffer);
}

void SocketStream::set_timeout(Duration limit) {
  timeout_ = limit;
  if (!tcp_ || bulk_ || ended_) return;
  // Bytes that the peer does not acknowledge. Once set, this replaces the count of keepalive probes, so it must not be
  // longer than those would take.
  auto unacknowledged = std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(limit), 1ms, keepalive_span);
  set_option(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(unacknowledged.count()));
}

Result<void> SocketStream::move_to(Executor executor) {
  if (ended_) return ended();
  UniqueFd socket(socket_.release());
  socket_ = asio::posix::stream_descriptor(executor);
  watchdog_ = std::make_unique<Watchdog>(executor, [this] { end(Code::timed_out); });
  auto watched = watch(std::move(socket));
  if (!watched) ended_ = Code::cancelled;
  return watched;
}

Result<std::optional<std::size_t>> SocketStream::try_read(MutableBytes out) {
  if (ended_) return ended();
  for (;;) {
    auto count = ::recv(socket_.native_handle(), out.data(), out.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) return std::nullopt;
    if (errno != EINTR) return broken(errno);
  }
}

Result<std::size_t> SocketStream::try_write(Bytes data) {
  if (ended_) return ended();
  std::size_t sent = 0;
  while (sent < data.size()) {
    auto count = ::send(socket_.native_handle(), data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return broken(errno);
    }
  }
  return sent;
}

Result<std::optional<std::byte>> SocketStream::try_peek() {
  if (ended_) return ended();
  std::byte first;
  auto count = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK);
  if (count == 1) return first;
  if (count == 0) return fail(Code::disconnected, peer_, "the peer closed the connection");
  if (errno == EAGAIN || errno == EINTR) return std::nullopt;
  return broken(errno);
}

Task<Result<void>> SocketStream::wait_readable() {
  return wait(Direction::read);
}

Task<Result<void>> SocketStream::wait(Direction direction) {
  if (ended_) co_return ended();
  calls_without_wait_ = 0;
  auto deadline = deadline_after(timeout_);
  if (direction == Direction::read) deadline = std::min(deadline, read_deadline_);
  watchdog_->begin(direction, deadline);
  auto what =
      direction == Direction::read ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write;
  asio::error_code failed;
  co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, failed));
  watchdog_->end(direction);
  if (ended_) co_return ended();
  if (failed == asio::error::operation_aborted) co_return fail(Code::cancelled, peer_, "stopped on request");
  if (failed) co_return broken(failed.value());
  co_return Result<void>();
}

Task<void> SocketStream::take_turns() {
  if (++calls_without_wait_ < calls_a_turn || ended_) co_return;
  calls_without_wait_ = 0;
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

void SocketStream::end(Code reason) {
  if (ended_) return;
  ended_ = reason;
  asio::error_code ignored;
  socket_.close(ignored);
}

std::unexpected<Error> SocketStream::ended() const {
  return *ended_ == Code::timed_out ? fail(Code::timed_out, peer_, "the peer was silent for too long")
                                    : fail(Code::cancelled, peer_, "the connection was closed on this side");
}

std::unexpected<Error> SocketStream::broken(int number) const {
  Error error = from_errno(number, peer_);
  switch (number) {
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case EPIPE:
      error.code = Code::disconnected;
      error.detail = "the connection was cut";
      break;
    case ETIMEDOUT:
      error.code = Code::timed_out;
      error.detail = "the peer no longer answers";
      break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
      error.code = Code::disconnected;
      error.detail = "the network to the peer is gone";
      break;
  }
  return std::unexpected(std::move(error));
}

SocketStream* socket_of(Stream& stream) {
  return dynamic_cast<SocketStream*>(&stream);
}

}  // namespace dftp::net
