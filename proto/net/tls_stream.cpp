#include "proto/net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>

namespace dftp::net {

namespace {

// Large enough that system calls do not matter, small enough to stay in the nearest caches: measured best of 16 to
// 256 KiB.
constexpr std::size_t input_size = 64 * 1024;
constexpr std::size_t plain_at_once = 256 * 1024;
constexpr std::size_t record_plain = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t record_overhead = 5 + 1 + 16;  // header, content type, tag
// A peer may send records that are tiny, or key updates; so many of them may keep a loop from its other tasks.
constexpr int records_a_turn = 64;
// What reading can make SSL say (alerts, key updates) while a write is stuck; a peer that provokes more is hostile.
constexpr std::size_t max_unsent = 64 * 1024;

Wire& wire_of(BIO* bio) {
  return *static_cast<Wire*>(BIO_get_data(bio));
}

int bio_read(BIO* bio, char* out, std::size_t size, std::size_t* count) {
  Wire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  *count = 0;
  const auto begun = std::chrono::steady_clock::now();
  auto got = wire.socket.try_read({reinterpret_cast<std::byte*>(out), size});
  wire.reading += std::chrono::steady_clock::now() - begun;
  if (!got) {
    wire.broken = got.error();
  } else if (!*got) {
    BIO_set_retry_read(bio);
  } else if (**got == 0) {
    wire.broken = Error{Code::disconnected, {}, wire.socket.peer(), "the connection was cut"};
  } else {
    *count = **got;
  }
  return *count > 0;
}

int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* count) {
  auto bytes = as_bytes({data, size});
  auto& output = wire_of(bio).output;
  output.insert(output.end(), bytes.begin(), bytes.end());
  *count = size;
  return 1;
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void give_back(std::vector<std::byte>& buffer) {
  std::vector<std::byte>().swap(buffer);
}

const BIO_METHOD* bio_method() {
  static const auto method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "dftp buffers");
    BIO_meth_set_read_ex(made, bio_read);
    BIO_meth_set_write_ex(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

}  // namespace

TlsStream::TlsStream(std::unique_ptr<SocketStream> socket, SslPointer ssl)
    : socket_(std::move(socket)), wire_(std::make_unique<Wire>(*socket_)), ssl_(std::move(ssl)) {
  BIO* bio = BIO_new(bio_method());
  BIO_set_data(bio, wire_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_read_ahead(ssl_.get(), 1);
  SSL_set_options(ssl_.get(), SSL_OP_CLEANSE_PLAINTEXT);  // a password may come by
  SSL_set_default_read_buffer_len(ssl_.get(), input_size);
}

void TlsStream::expect_bulk() {
  socket_->expect_bulk();
  bulk_ = true;
  SSL_clear_options(ssl_.get(), SSL_OP_CLEANSE_PLAINTEXT);  // it would cost a pass over all of it
  SSL_clear_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
}

Task<Result<void>> TlsStream::handshake(Duration limit) {
  Duration later = socket_->timeout();
  socket_->set_timeout(limit);
  socket_->set_read_deadline(deadline_after(limit));
  auto shaken = co_await shake_hands();
  socket_->set_read_deadline(Watchdog::Clock::time_point::max());
  socket_->set_timeout(later);
  co_return shaken;
}

Task<Result<void>> TlsStream::shake_hands() {
  for (;;) {
    ERR_clear_error();
    int done = SSL_do_handshake(ssl_.get());
    int ssl_error = SSL_get_error(ssl_.get(), done);
    if (done != 1 && ssl_error != SSL_ERROR_WANT_READ) {
      Error error = failure(ssl_error);
      try_send_output();  // the alert
      co_return fail_for_good(std::move(error));
    }
    if (auto sent = co_await send_output(); !sent) co_return sent;
    if (done == 1) co_return Result<void>();
    if (auto ready = co_await socket_->wait_readable(); !ready) co_return ready;
  }
}

Task<Result<std::size_t>> TlsStream::read_some(MutableBytes out) {
  if (out.empty()) co_return 0;
  for (;;) {
    auto got = decrypt(out);
    if (!got) co_return std::unexpected(got.error());
    if (got->bytes == 0 && got->all) {
      if (auto ready = co_await socket_->wait_readable(); !ready) co_return std::unexpected(ready.error());
      continue;
    }
    co_await socket_->take_turns();
    if (got->bytes > 0) co_return got->bytes;
  }
}

Result<TlsStream::Decrypted> TlsStream::decrypt(MutableBytes out) {
  if (failed_) return std::unexpected(*failed_);
  std::size_t filled = 0;
  int ssl_error = SSL_ERROR_NONE;
  const auto begun = std::chrono::steady_clock::now();
  wire_->reading = {};
  for (int i = 0; i < records_a_turn && filled < out.size() && ssl_error == SSL_ERROR_NONE; ++i) {
    std::size_t count = 0;
    ERR_clear_error();
    int done = SSL_read_ex(ssl_.get(), out.data() + filled, out.size() - filled, &count);
    filled += count;
    ssl_error = SSL_get_error(ssl_.get(), done);
  }
  crypto_time_ += std::chrono::steady_clock::now() - begun - wire_->reading;
  std::optional<Error> error;
  if (ssl_error != SSL_ERROR_NONE && ssl_error != SSL_ERROR_WANT_READ) error = failure(ssl_error);
  try_send_output();
  if (wire_->output.size() > max_unsent) error = Error{Code::protocol, {}, peer(), "too many key updates"};
  if (error && ssl_error != SSL_ERROR_ZERO_RETURN) fail_for_good(*error);
  if (error && filled == 0) return std::unexpected(*error);
  return Decrypted{filled, ssl_error == SSL_ERROR_WANT_READ};
}

Task<Result<void>> TlsStream::write(Bytes data) {
  while (!data.empty()) {
    Bytes part = data.first(std::min(data.size(), plain_at_once));
    data = data.subspan(part.size());
    if (auto encrypted = encrypt(part); !encrypted) co_return encrypted;
    if (auto sent = co_await send_output(); !sent) co_return sent;
  }
  if (!bulk_) give_back(wire_->output);
  co_return Result<void>();
}

Result<void> TlsStream::encrypt(Bytes data) {
  if (failed_) return std::unexpected(*failed_);
  auto& output = wire_->output;
  auto records = (data.size() + record_plain - 1) / record_plain;
  output.reserve(output.size() + data.size() + records * record_overhead);
  std::size_t count = 0;
  ERR_clear_error();
  const auto begun = std::chrono::steady_clock::now();
  int done = SSL_write_ex(ssl_.get(), data.data(), data.size(), &count);
  crypto_time_ += std::chrono::steady_clock::now() - begun;
  if (done == 1) return {};
  return fail_for_good(failure(SSL_get_error(ssl_.get(), done)));
}

Task<Result<void>> TlsStream::send_output() {
  writing_ = true;
  Result<void> sent;
  std::vector<std::byte> sending;  // reading may add to the output meanwhile
  while (sent && !wire_->output.empty()) {
    sending.clear();
    sending.swap(wire_->output);
    sent = co_await socket_->write(sending);
  }
  sending.clear();
  wire_->output.swap(sending);
  writing_ = false;
  co_return sent;
}

// What reading made SSL say. What does not go now goes with the next write.
void TlsStream::try_send_output() {
  auto& output = wire_->output;
  if (writing_ || output.empty()) return;
  auto sent = socket_->try_write(output);
  if (!sent) return;  // the operation that needs the socket will tell
  output.erase(output.begin(), output.begin() + static_cast<std::ptrdiff_t>(*sent));
  if (output.empty()) give_back(output);
}

Task<void> TlsStream::finish() {
  if (!failed_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    co_await send_output();
  }
  co_await socket_->finish();
}

std::optional<std::array<std::byte, 32>> TlsStream::exported_key(std::string_view label) const {
  std::array<std::byte, 32> key;
  int done = SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(key.data()), key.size(),
                                        label.data(), label.size(), nullptr, 0, 0);
  return done == 1 ? std::optional(key) : std::nullopt;
}

Error TlsStream::failure(int ssl_error) const {
  if (ssl_error == SSL_ERROR_ZERO_RETURN) return {Code::disconnected, {}, peer(), "the peer closed the connection"};
  if (wire_->broken) return *wire_->broken;
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  return {Code::protocol, {}, peer(), "TLS: " + std::string(reason ? reason : "broken")};
}

std::unexpected<Error> TlsStream::fail_for_good(Error error) {
  failed_ = error;
  return std::unexpected(std::move(error));
}

}  // namespace dftp::net
