// A TLS client that misbehaves: blocking OpenSSL on a thread of its own.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <thread>

#include "proto/wire/url.h"

namespace dftp::net::test {

class RawTls {
 public:
  struct Options {
    int version = TLS1_3_VERSION;
    std::string protocols;  // ALPN in wire form
  };
  // Connects and shakes hands on the thread, then runs `body`; without success `body` is not run.
  RawTls(const Endpoint& server, Options options, std::function<void(SSL*)> body);
  // Waits for the thread. Whether hands were shaken.
  bool join();
  ~RawTls() { join(); }

 private:
  void run(const Endpoint& server, const Options& options, const std::function<void(SSL*)>& body);

  bool shaken_ = false;
  std::thread thread_;
};

}  // namespace dftp::net::test
