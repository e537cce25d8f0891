// What the tests of this room share: connected pairs on loopback, and loops that run a test's body.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "proto/net/connect.h"
#include "proto/net/stream.h"
#include "proto/net/tls.h"

namespace dftp::net::test {

using namespace std::chrono_literals;

// The value, or an exception that fails the test.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(std::string(name_of(result.error().code)) + ": " + describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <class T>
Error error_of(const Result<T>& result) {
  if (result) throw std::runtime_error("succeeded where an error was due");
  return result.error();
}

// Runs the coroutine that `body` returns on a loop of its own. `body` may capture: it lives until the end.
template <class Body>
void in_loop(Body body) {
  Loop loop;
  run_until_done(loop, body());
}

struct Pair {
  std::unique_ptr<Stream> client, server;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Endpoint tcp(const std::string& host, std::uint16_t port = 0);
Endpoint unix_at(const std::filesystem::path& path);
// Both ends on the caller's loop.
Task<Pair> connected_pair(Endpoint where);
Task<Pair> tcp_pair();
// With this server's certificate and any check of it.
Task<Pair> secured(Pair plain, const TlsServer& server, const TlsClient& client);
Task<Pair> tls_pair();
// One identity for the whole program.
const TlsServer& test_server();
const TlsClient& trusting_client();

std::string pattern(std::size_t size, unsigned seed = 1);
Task<void> send_all(Stream& stream, std::string_view text);
// Until the peer finishes.
Task<std::string> receive_all(Stream& stream);
Task<std::string> receive(Stream& stream, std::size_t size);

}  // namespace dftp::net::test
