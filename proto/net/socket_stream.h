// The plain stream: a connected TCP or UNIX socket. Tries the non-blocking system call first and waits for readiness
// only when it must.
#pragma once

#include <asio/posix/stream_descriptor.hpp>

#include "proto/net/stream.h"
#include "proto/net/unique_fd.h"
#include "proto/net/watchdog.h"

namespace dftp::net {

class SocketStream final : public Stream {
 public:
  // `socket` is connected and non-blocking. Code::disconnected when the peer has gone already.
  static Result<std::unique_ptr<SocketStream>> adopt(Executor executor, UniqueFd socket);

  Task<Result<std::size_t>> read_some(MutableBytes out) override;
  Task<Result<void>> write(Bytes data) override;
  bool sends_files() const override { return true; }
  Task<Result<FileSent>> write_file(const FileRange& range, DiskPool& pool) override;
  Task<void> finish() override;
  void close() override { end(Code::cancelled); }
  void expect_bulk() override;
  void set_timeout(Duration limit) override;
  void set_read_deadline(std::chrono::steady_clock::time_point deadline) override { read_deadline_ = deadline; }
  std::uint64_t lost_segments() override;
  const std::string& peer() const override { return peer_; }
  bool encrypted() const override { return false; }
  bool local() const override { return local_; }
  std::optional<PeerCredentials> credentials() const override { return credentials_; }
  std::optional<std::array<std::byte, 32>> exported_key(std::string_view) const override { return std::nullopt; }
  Result<void> move_to(Executor executor) override;

  // What TLS is built on. None of the try_ functions waits.
  // 0: the peer has ended its side. nullopt: nothing is there yet.
  Result<std::optional<std::size_t>> try_read(MutableBytes out);
  // Fewer than all, or 0, when the kernel's buffer is full.
  Result<std::size_t> try_write(Bytes data);
  // The first byte, which stays where it is.
  Result<std::optional<std::byte>> try_peek();
  Task<Result<void>> wait_readable();
  // Lets the loop's other tasks have their turn when this stream has gone on for long without having to wait.
  Task<void> take_turns();
  Duration timeout() const { return timeout_; }

 private:
  explicit SocketStream(Executor executor);
  Result<void> watch(UniqueFd socket);
  Result<void> learn_peer();
  Task<Result<void>> wait(Direction direction);
  void end(Code reason);
  std::unexpected<Error> ended() const;
  std::unexpected<Error> broken(int number) const;

  asio::posix::stream_descriptor socket_;
  std::unique_ptr<Watchdog> watchdog_;
  std::optional<Code> ended_;  // cancelled or timed_out, once closed
  Duration timeout_{};
  std::chrono::steady_clock::time_point read_deadline_ = std::chrono::steady_clock::time_point::max();
  // To the write that waits the peer's own bytes give time until then, and no more: it has not moved since.
  int calls_without_wait_ = 0;
  bool bulk_ = false;
  // Constant after construction.
  bool tcp_ = false;
  bool local_ = false;
  std::string peer_;
  std::optional<PeerCredentials> credentials_;
};

// The socket beneath a plain stream; nullptr for any other kind.
SocketStream* socket_of(Stream& stream);

}  // namespace dftp::net
