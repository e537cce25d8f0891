// Making a server's key and certificate on its first start.
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "proto/net/certificate.h"
#include "proto/net/pem_file.h"
#include "proto/net/tls.h"
#include "proto/net/unique_fd.h"

namespace dftp::net {

namespace {

namespace fs = std::filesystem;
using Key = PrivateKey;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Output = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

Result<void> write_all(int fd, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(fd) != 0) return fail_errno(errno, path);
  return {};
}

// The file appears whole or not at all, and never in place of another.
Result<void> create_file(const fs::path& path, std::string_view text, mode_t mode) {
  fs::path fresh = path;
  fresh += ".new-" + std::to_string(::getpid());
  UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file) return fail_errno(errno, fresh);
  auto written = write_all(file.get(), text, fresh);
  if (written && ::link(fresh.c_str(), path.c_str()) != 0) written = fail_errno(errno, path);
  ::unlink(fresh.c_str());
  if (!written) return written;
  fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  UniqueFd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return fail_errno(errno, parent);
  return {};
}

std::string contents(BIO* bio) {
  char* text = nullptr;
  auto length = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<std::size_t>(length));
}

Result<Key> make_key(const fs::path& path) {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  Output pem(BIO_new(BIO_s_mem()), BIO_free_all);
  if (!key || !PEM_write_bio_PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr)) {
    return fail(Code::io, path, "cannot make a key: " + openssl_reason());
  }
  if (auto created = create_file(path, contents(pem.get()), 0600); !created) return std::unexpected(created.error());
  return key;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  return extension && X509_add_ext(certificate, extension.get(), -1);
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> random;
  if (RAND_bytes(random.data(), random.size()) != 1) return false;
  random[0] &= 0x7f;  // positive
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(random.data(), random.size(), nullptr), BN_free);
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool set_name(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  auto text = reinterpret_cast<const unsigned char*>("dftp server");
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) &&
         X509_set_issuer_name(certificate, name);
}

bool set_dates(X509* certificate) {
  // A day back, so that a client whose clock is a little slow can come in on the first day.
  return X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 60 * 60) &&
         ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z");
}

bool set_extensions(X509* certificate) {
  char host[256] = "localhost";
  ::gethostname(host, sizeof(host) - 1);
  return add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         add_extension(certificate, NID_subject_key_identifier, "hash") &&
         add_extension(certificate, NID_subject_alt_name, "DNS:" + std::string(host));
}

Result<void> make_certificate(const fs::path& path, EVP_PKEY* key) {
  Certificate made(X509_new(), X509_free);
  Output pem(BIO_new(BIO_s_mem()), BIO_free_all);
  X509* certificate = made.get();
  bool done = certificate && X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
              set_name(certificate) && set_dates(certificate) && X509_set_pubkey(certificate, key) &&
              set_extensions(certificate) && X509_sign(certificate, key, EVP_sha256()) &&
              PEM_write_bio_X509(pem.get(), certificate);
  if (!done) return fail(Code::io, path, "cannot make a certificate: " + openssl_reason());
  return create_file(path, contents(pem.get()), 0644);
}

std::unexpected<Error> key_is_missing(const fs::path& certificate, const fs::path& key) {
  return fail(Code::identity, certificate, "its key " + key.string() + " is missing");
}

}  // namespace

// The key comes first, so a crash in between leaves a key, for which the next start makes the certificate.
Result<void> make_server_identity(const fs::path& certificate, const fs::path& key) {
  std::error_code unknown;
  bool has_key = fs::exists(key, unknown);
  if (unknown) return fail_errno(unknown.value(), key);
  bool has_certificate = fs::exists(certificate, unknown);
  if (unknown) return fail_errno(unknown.value(), certificate);
  if (has_certificate && has_key) return {};
  if (has_certificate) return key_is_missing(certificate, key);
  auto pair = has_key ? read_private_key(key) : make_key(key);
  if (!pair) return std::unexpected(pair.error());
  return make_certificate(certificate, pair->get());
}

Result<void> check_made_identity(const fs::path& certificate, const fs::path& key) {
  std::error_code unknown;
  const bool has_key = fs::exists(key, unknown), has_certificate = fs::exists(certificate, unknown);
  if (unknown) return fail_errno(unknown.value(), key);
  if (!has_certificate && !has_key) return {};
  if (!has_key) return key_is_missing(certificate, key);
  if (!has_certificate) {
    const auto pair = read_private_key(key);
    return pair ? Result<void>() : std::unexpected(pair.error());
  }
  const auto identity = TlsServer::read(certificate, key);
  return identity ? TlsServer::check_dates(*identity) : std::unexpected(identity.error());
}

}  // namespace dftp::net
