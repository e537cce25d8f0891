// TLS 1.3: identities and handshakes. docs/security.md. Objects are shared by all streams made from them; they belong
// to no loop and are thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "proto/net/stream.h"
#include "proto/net/system_authorities.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace dftp::net {

// ---- server

// Makes a P-256 key and a self-signed certificate without an end date (RFC 5280, 4.1.2.5), durable, the key readable by
// its owner only. Existing files are left alone.
Result<void> make_server_identity(const std::filesystem::path& certificate, const std::filesystem::path& key);
// Whether these files, made where both are missing, could be shown to clients today. Makes nothing.
Result<void> check_made_identity(const std::filesystem::path& certificate, const std::filesystem::path& key);

class TlsServer {
 public:
  // A certificate and its key as they were read, ready for use.
  struct Identity {
    std::filesystem::path certificate, key;
    std::shared_ptr<ssl_ctx_st> context;
    std::string fingerprint;
  };
  // PEM files; the certificate file may hold a chain.
  static Result<Identity> read(const std::filesystem::path& certificate, const std::filesystem::path& key);
  // Code::identity when no client would take it today.
  static Result<void> check_dates(const Identity& identity);
  static Result<TlsServer> load(const std::filesystem::path& certificate, const std::filesystem::path& key);
  // Reads files that could be used in place of the ones in use, perhaps the same ones anew. Another certificate than
  // the one in use must be in date.
  Result<Identity> read_next(const std::filesystem::path& certificate, const std::filesystem::path& key) const;
  // Reads the files anew, for the connections that come from now on. On an error everything stays as it was.
  Result<void> reload();
  // For the connections that come from now on.
  void use(Identity identity);
  Identity identity() const;
  // Handshake on an accepted stream.
  Task<Result<std::unique_ptr<Stream>>> secure(std::unique_ptr<Stream> plain, Duration limit) const;
  std::string fingerprint() const;

 private:
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  Identity identity_;  // protected by mutex_
};

// ---- client

// How a client recognises its server. With neither pin nor authorities any certificate that is in date is let through
// and its fingerprint is reported: the caller decides (known_hosts) before it says anything secret.
struct ServerCheck {
  std::string host;                   // sent as SNI, and verified when there are authorities
  std::string fingerprint;            // the pin; empty: none
  std::filesystem::path authorities;  // CA file (PEM); empty: none
};

class TlsClient {
 public:
  static Result<TlsClient> make(const ServerCheck& check);
  struct Secured {
    std::unique_ptr<Stream> stream;
    std::string fingerprint;  // of the server's key
    CertificateChain chain;
  };
  // Code::identity when the pin or the chain does not match or the certificate is out of date; the detail says which.
  Task<Result<Secured>> secure(std::unique_ptr<Stream> plain, Duration limit) const;

 private:
  std::shared_ptr<ssl_ctx_st> context_;
  ServerCheck check_;
};

// "SHA256:" and the SHA-256 of a public key in DER form (SubjectPublicKeyInfo, RFC 5280), in base64 without padding. So
// a certificate that is renewed for the same key keeps it.
std::string fingerprint_of_key(Bytes der);

}  // namespace dftp::net
