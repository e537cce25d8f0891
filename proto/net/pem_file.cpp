#include "proto/net/pem_file.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/net/certificate.h"
#include "proto/net/unique_fd.h"
#include "proto/wire/text_lines.h"
#include "proto/wire/wipe.h"

namespace dftp::net {
namespace {

namespace fs = std::filesystem;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;

// All authorities of a distribution are some 250 KB.
constexpr std::size_t pem_bytes = 16 * 1024 * 1024;

// What a file holds, for OpenSSL to read. Nothing of it is left in memory when this goes, as it may be a key.
class PemText {
 public:
  static Result<PemText> read(const fs::path& path, const std::string& what) {
    const auto failed = [&](const std::string& why) {
      return fail(Code::identity, path, "cannot read the " + what + ": " + why);
    };
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return failed(from_errno(errno, {}).detail);
    PemText bytes;
    for (std::size_t size = 0;;) {
      // In one piece, as far as its size is known: what a string leaves behind when it grows is not wiped.
      struct ::stat status;
      const bool known = size == 0 && ::fstat(file.get(), &status) == 0 && status.st_size > 0;
      bytes.text_.resize(size + (known ? static_cast<std::size_t>(status.st_size) + 1 : 64 * 1024));
      const ssize_t count = ::read(file.get(), bytes.text_.data() + size, bytes.text_.size() - size);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed(from_errno(errno, {}).detail);
      size += static_cast<std::size_t>(count);
      bytes.text_.resize(size);
      if (size > pem_bytes) return failed("it is too long to be one");
      if (count == 0) break;
    }
    auto text = plain_text(bytes.text_, path.native());
    if (!text) return fail(Code::identity, text.error().where, text.error().detail);
    PemText pem;
    pem.text_ = std::move(*text);
    return pem;
  }
  PemText(PemText&&) = default;
  PemText& operator=(PemText&&) = delete;
  ~PemText() { wipe(text_); }

  // From the beginning; this must live as long.
  std::unique_ptr<BIO, decltype(&BIO_free_all)> open() const {
    ERR_clear_error();
    return {BIO_new_mem_buf(text_.data(), static_cast<int>(text_.size())), BIO_free_all};
  }

 private:
  PemText() = default;
  std::string text_;
};

int no_password_for_pem(char*, int, int, void*) {
  return 0;
}

std::unexpected<Error> unreadable(const fs::path& path, const std::string& what) {
  return fail(Code::identity, path, "cannot read the " + what + ": " + openssl_reason());
}

}  // namespace

Result<PrivateKey> read_private_key(const fs::path& path) {
  const auto pem = PemText::read(path, "key");
  if (!pem) return std::unexpected(pem.error());
  const auto bio = pem->open();
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password_for_pem, nullptr), EVP_PKEY_free);
  if (!key) return unreadable(path, "key");
  return key;
}

Result<void> use_certificates(ssl_ctx_st* context, const fs::path& path) {
  const auto pem = PemText::read(path, "certificate");
  if (!pem) return std::unexpected(pem.error());
  const auto bio = pem->open();
  X509Pointer own(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password_for_pem, nullptr), X509_free);
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return unreadable(path, "certificate");
  while (X509* above = PEM_read_bio_X509(bio.get(), nullptr, no_password_for_pem, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, above) == 1) continue;
    X509_free(above);
    return unreadable(path, "certificate");
  }
  // The end says that nothing more begins; anything else is a certificate that is broken.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) return unreadable(path, "certificate");
  ERR_clear_error();
  return {};
}

Result<void> trust_certificates(ssl_ctx_st* context, const fs::path& path) {
  const auto pem = PemText::read(path, "authorities");
  if (!pem) return std::unexpected(pem.error());
  const auto bio = pem->open();
  const auto free_all = [](STACK_OF(X509_INFO) * all) { sk_X509_INFO_pop_free(all, X509_INFO_free); };
  const std::unique_ptr<STACK_OF(X509_INFO), decltype(free_all)> found(
      PEM_X509_INFO_read_bio(bio.get(), nullptr, no_password_for_pem, nullptr), free_all);
  if (!found) return unreadable(path, "authorities");
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int certificates = 0;
  for (int i = 0; i < sk_X509_INFO_num(found.get()); ++i) {
    const X509_INFO* one = sk_X509_INFO_value(found.get(), i);
    if (one->x509 && X509_STORE_add_cert(store, one->x509) != 1) return unreadable(path, "authorities");
    if (one->crl && X509_STORE_add_crl(store, one->crl) != 1) return unreadable(path, "authorities");
    certificates += one->x509 != nullptr;
  }
  if (certificates > 0) return {};
  return fail(Code::identity, path, "cannot read the authorities: it is not PEM, or holds something else");
}

}  // namespace dftp::net
