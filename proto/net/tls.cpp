#include "proto/net/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "proto/net/certificate.h"
#include "proto/net/pem_file.h"
#include "proto/net/tls_stream.h"

namespace dftp::net {

namespace {

// AES in hardware first; the longer key and the one for machines without AES after it.
constexpr const char* ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr unsigned char protocols[] =
    "\x06"
    "dftp/1";
constexpr unsigned int protocols_length = sizeof(protocols) - 1;

using Context = std::shared_ptr<ssl_ctx_st>;

Result<Context> make_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context || !SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) ||
      !SSL_CTX_set_ciphersuites(context.get(), ciphers)) {
    return fail(Code::io, {}, "cannot set up TLS: " + openssl_reason());
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);  // reading returns after every key update
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  unsigned char* chosen = nullptr;
  int found = SSL_select_next_proto(&chosen, length, protocols, protocols_length, offered, offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<void> trust_authorities(SSL_CTX* context, const ServerCheck& check) {
  if (auto trusted = trust_certificates(context, check.authorities); !trusted) return trusted;
  if (!expect_host(SSL_CTX_get0_param(context), check.host))
    return fail(Code::identity, check.host, "is no host name to verify");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

Error chain_error(const SSL* ssl, const ServerCheck& check) {
  long verified = SSL_get_verify_result(ssl);
  std::string detail;
  switch (verified) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: detail = "the certificate is for another host"; break;
    case X509_V_ERR_CERT_HAS_EXPIRED: detail = "the certificate, or one that it rests on, has expired"; break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      detail = "the certificate is not valid yet; check the clocks of both machines";
      break;
    default:
      detail = "no authority in " + check.authorities.string() +
               " vouches for the certificate: " + X509_verify_cert_error_string(verified);
  }
  return {Code::identity, {}, check.host, detail};
}

// What a pin, or a person who compares fingerprints, does not see.
Result<std::string> check_certificate(const SSL* ssl, const ServerCheck& check, const std::string& where) {
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  if (!certificate) return fail(Code::identity, where, "the server showed no certificate");
  if (auto dated = check_dates(certificate, where); !dated) return std::unexpected(dated.error());
  std::string fingerprint = fingerprint_of(certificate);
  if (!check.fingerprint.empty() && fingerprint != check.fingerprint) {
    return fail(Code::identity, where,
                "the server's key has fingerprint " + fingerprint + ", but " + check.fingerprint + " is the one known");
  }
  return fingerprint;
}

void free_chain(stack_st_X509* chain) {
  sk_X509_pop_free(chain, X509_free);
}

// The TLS stream before its handshake.
Result<std::unique_ptr<TlsStream>> wrap(std::unique_ptr<Stream> plain, SSL_CTX* context, bool server) {
  SocketStream* socket = socket_of(*plain);
  if (!socket) return fail(Code::unsupported, plain->peer(), "TLS goes over plain sockets only");
  SslPointer ssl(SSL_new(context));
  if (!ssl) return fail(Code::io, plain->peer(), "cannot begin TLS: " + openssl_reason());
  server ? SSL_set_accept_state(ssl.get()) : SSL_set_connect_state(ssl.get());
  static_cast<void>(plain.release());
  return std::make_unique<TlsStream>(std::unique_ptr<SocketStream>(socket), std::move(ssl));
}

}  // namespace

Result<TlsServer::Identity> TlsServer::read(const std::filesystem::path& certificate,
                                            const std::filesystem::path& key) {
  auto context = make_context(TLS_server_method());
  if (!context) return std::unexpected(context.error());
  SSL_CTX* raw = context->get();
  if (auto used = use_certificates(raw, certificate); !used) return std::unexpected(std::move(used.error()));
  const auto secret = read_private_key(key);
  if (!secret) return std::unexpected(secret.error());
  if (!SSL_CTX_use_PrivateKey(raw, secret->get()) || !SSL_CTX_check_private_key(raw)) {
    return fail(Code::identity, key, "cannot be used as the key to " + certificate.string() + ": " + openssl_reason());
  }
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  std::string fingerprint = fingerprint_of(SSL_CTX_get0_certificate(raw));
  return Identity{certificate, key, std::move(*context), std::move(fingerprint)};
}

Result<void> TlsServer::check_dates(const Identity& identity) {
  return net::check_dates(SSL_CTX_get0_certificate(identity.context.get()), identity.certificate);
}

Result<TlsServer> TlsServer::load(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  auto identity = read(certificate, key);
  if (!identity) return std::unexpected(std::move(identity.error()));
  TlsServer server;
  server.identity_ = std::move(*identity);
  return server;
}

Result<TlsServer::Identity> TlsServer::read_next(const std::filesystem::path& certificate,
                                                 const std::filesystem::path& key) const {
  auto now = read(certificate, key);
  if (!now) return now;
  const Identity before = identity();
  // The one that is in use goes on whatever its date: clients say what is wrong with it.
  if (X509_cmp(SSL_CTX_get0_certificate(now->context.get()), SSL_CTX_get0_certificate(before.context.get())) != 0) {
    if (auto dated = check_dates(*now); !dated) return std::unexpected(std::move(dated.error()));
  }
  return now;
}

Result<void> TlsServer::reload() {
  const Identity before = identity();
  auto now = read_next(before.certificate, before.key);
  if (!now) return std::unexpected(std::move(now.error()));
  use(std::move(*now));
  return {};
}

void TlsServer::use(Identity identity) {
  const std::lock_guard lock(*mutex_);
  identity_ = std::move(identity);
}

TlsServer::Identity TlsServer::identity() const {
  const std::lock_guard lock(*mutex_);
  return identity_;
}

std::string TlsServer::fingerprint() const {
  return identity().fingerprint;
}

Task<Result<std::unique_ptr<Stream>>> TlsServer::secure(std::unique_ptr<Stream> plain, Duration limit) const {
  // The stream's SSL keeps its context.
  auto stream = wrap(std::move(plain), identity().context.get(), true);
  if (!stream) co_return std::unexpected(stream.error());
  if (auto shaken = co_await (*stream)->handshake(limit); !shaken) co_return std::unexpected(shaken.error());
  co_return std::move(*stream);
}

Result<TlsClient> TlsClient::make(const ServerCheck& check) {
  auto context = make_context(TLS_client_method());
  if (!context) return std::unexpected(context.error());
  SSL_CTX_set_alpn_protos(context->get(), protocols, protocols_length);
  if (!check.authorities.empty()) {
    if (auto trusted = trust_authorities(context->get(), check); !trusted) return std::unexpected(trusted.error());
  }
  TlsClient client;
  client.context_ = std::move(*context);
  client.check_ = check;
  return client;
}

Task<Result<TlsClient::Secured>> TlsClient::secure(std::unique_ptr<Stream> plain, Duration limit) const {
  ServerCheck check = check_;
  auto stream = wrap(std::move(plain), context_.get(), false);
  if (!stream) co_return std::unexpected(stream.error());
  SSL* ssl = (*stream)->ssl();
  if (!check.host.empty() && !is_ip_address(check.host)) SSL_set_tlsext_host_name(ssl, check.host.c_str());
  auto shaken = co_await (*stream)->handshake(limit);
  if (!shaken && SSL_get_verify_result(ssl) != X509_V_OK && !check.authorities.empty()) {
    co_return std::unexpected(chain_error(ssl, check));
  }
  if (!shaken) co_return std::unexpected(shaken.error());
  auto fingerprint = check_certificate(ssl, check, (*stream)->peer());
  if (!fingerprint) co_return std::unexpected(fingerprint.error());
  CertificateChain chain(X509_chain_up_ref(SSL_get_peer_cert_chain(ssl)), free_chain);
  co_return Secured{std::move(*stream), std::move(*fingerprint), std::move(chain)};
}

}  // namespace dftp::net
