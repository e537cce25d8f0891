#include "tests/unit/net/support.h"

#include <stdlib.h>

#include <cstring>
#include <random>

namespace dftp::net::test {

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "dftp-net-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::filesystem::remove_all(path_);
}

Endpoint tcp(const std::string& host, std::uint16_t port) {
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = port;
  return endpoint;
}

Endpoint unix_at(const std::filesystem::path& path) {
  Endpoint endpoint;
  endpoint.unix_socket = path;
  return endpoint;
}

Task<Pair> connected_pair(Endpoint where) {
  auto executor = co_await asio::this_coro::executor;
  auto listener = must(listen(executor, where));
  auto client = must(co_await connect(listener->endpoint(), 5s));
  auto server = must(co_await listener->accept(executor));
  co_return Pair{std::move(client), std::move(server)};
}

Task<Pair> tcp_pair() {
  Endpoint where = tcp("127.0.0.1");
  co_return co_await connected_pair(where);
}

Task<Pair> secured(Pair plain, const TlsServer& server, const TlsClient& client) {
  auto [at_client, at_server] =
      co_await both(client.secure(std::move(plain.client), 5s), server.secure(std::move(plain.server), 5s));
  co_return Pair{std::move(must(std::move(at_client)).stream), must(std::move(at_server))};
}

Task<Pair> tls_pair() {
  auto plain = co_await tcp_pair();
  co_return co_await secured(std::move(plain), test_server(), trusting_client());
}

const TlsServer& test_server() {
  static const TlsServer server = [] {
    TemporaryDirectory directory;
    auto certificate = directory.path() / "certificate.pem", key = directory.path() / "key.pem";
    must(make_server_identity(certificate, key));
    return must(TlsServer::load(certificate, key));
  }();
  return server;
}

const TlsClient& trusting_client() {
  static const TlsClient client = must(TlsClient::make({.host = "localhost", .fingerprint = {}, .authorities = {}}));
  return client;
}

std::string pattern(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    auto word = random();
    std::memcpy(text.data() + i, &word, 8);
  }
  return text;
}

Task<void> send_all(Stream& stream, std::string_view text) {
  must(co_await stream.write(as_bytes(text)));
  co_await stream.finish();
}

Task<std::string> receive_all(Stream& stream) {
  std::string all, part(1 << 20, '\0');
  for (;;) {
    MutableBytes room(reinterpret_cast<std::byte*>(part.data()), part.size());
    auto got = co_await stream.read_some(room);
    if (!got && got.error().code == Code::disconnected && got.error().detail == "the peer closed the connection") {
      co_return all;
    }
    all.append(part, 0, must(std::move(got)));
  }
}

Task<std::string> receive(Stream& stream, std::size_t size) {
  std::string text(size, '\0');
  MutableBytes room(reinterpret_cast<std::byte*>(text.data()), text.size());
  must(co_await read_exactly(stream, room));
  co_return text;
}

}  // namespace dftp::net::test
