// A TLS 1.3 stream over a socket. Not asio::ssl::stream, which makes one system call a record: here many records are
// encrypted into one buffer and sent at once, and read likewise. An idle stream holds no buffer, unless it is told to
// expect much.
#pragma once

#include <openssl/ssl.h>

#include <vector>

#include "proto/net/socket_stream.h"

namespace dftp::net {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPointer = std::unique_ptr<SSL, SslFree>;

// What SSL reads cipher text from, straight into its own buffer, and writes it to.
struct Wire {
  SocketStream& socket;
  std::vector<std::byte> output = {};  // to be sent
  std::optional<Error> broken = {};    // nothing more can be read
  Duration reading{};                  // spent in the socket's reads
};

class TlsStream final : public Stream {
 public:
  // `ssl` is set to be a client or a server.
  TlsStream(std::unique_ptr<SocketStream> socket, SslPointer ssl);

  // Before anything else. Errors as in tls.h.
  Task<Result<void>> handshake(Duration limit);
  SSL* ssl() const { return ssl_.get(); }

  Task<Result<std::size_t>> read_some(MutableBytes out) override;
  bool has_buffered() const override { return SSL_pending(ssl_.get()) > 0; }
  Task<Result<void>> write(Bytes data) override;
  Task<void> finish() override;
  void close() override { socket_->close(); }
  void expect_bulk() override;
  std::uint64_t lost_segments() override { return socket_->lost_segments(); }
  void set_timeout(Duration limit) override { socket_->set_timeout(limit); }
  void set_read_deadline(std::chrono::steady_clock::time_point deadline) override {
    socket_->set_read_deadline(deadline);
  }
  Duration crypto_time() const override { return crypto_time_; }
  const std::string& peer() const override { return socket_->peer(); }
  bool encrypted() const override { return true; }
  bool local() const override { return socket_->local(); }
  std::optional<PeerCredentials> credentials() const override { return socket_->credentials(); }
  std::optional<std::array<std::byte, 32>> exported_key(std::string_view label) const override;
  Result<void> move_to(Executor executor) override { return socket_->move_to(std::move(executor)); }

 private:
  Task<Result<void>> shake_hands();
  struct Decrypted {
    std::size_t bytes = 0;
    bool all = false;  // all that had come; the next has to be waited for
  };
  Result<Decrypted> decrypt(MutableBytes out);
  Result<void> encrypt(Bytes data);
  Task<Result<void>> send_output();
  void try_send_output();
  Error failure(int ssl_error) const;
  std::unexpected<Error> fail_for_good(Error error);

  std::unique_ptr<SocketStream> socket_;
  std::unique_ptr<Wire> wire_;  // its address is known to the BIO
  SslPointer ssl_;
  Duration crypto_time_{};
  bool bulk_ = false;
  bool writing_ = false;
  std::optional<Error> failed_;  // SSL must not be used any more
};

}  // namespace dftp::net
