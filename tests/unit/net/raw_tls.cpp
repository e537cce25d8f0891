#include "tests/unit/net/raw_tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

namespace dftp::net::test {

namespace {

int connect_v4(const Endpoint& server) {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port);
  ::inet_pton(AF_INET, server.host.c_str(), &address.sin_addr);
  static_cast<void>(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
  return socket;
}

void block_sigpipe() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

RawTls::RawTls(const Endpoint& server, Options options, std::function<void(SSL*)> body)
    : thread_([this, server, options, body] { run(server, options, body); }) {}

bool RawTls::join() {
  if (thread_.joinable()) thread_.join();
  return shaken_;
}

void RawTls::run(const Endpoint& server, const Options& options, const std::function<void(SSL*)>& body) {
  block_sigpipe();
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), options.version);
  if (!options.protocols.empty()) {
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                            static_cast<unsigned>(options.protocols.size()));
  }
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  int socket = connect_v4(server);
  SSL_set_fd(ssl.get(), socket);
  shaken_ = SSL_connect(ssl.get()) == 1;
  if (shaken_) body(ssl.get());
  ::close(socket);
}

}  // namespace dftp::net::test
