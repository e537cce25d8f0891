#include "tests/unit/net/authority.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace dftp::net::test {

namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL failed to make a certificate");
}

template <class Write>
void write_pem(const std::filesystem::path& path, Write write) {
  std::unique_ptr<BIO, decltype(&BIO_free_all)> file(BIO_new_file(path.c_str(), "w"), BIO_free_all);
  require(file && write(file.get()));
}

void extend(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  require(extension && X509_add_ext(certificate, extension, -1));
  X509_EXTENSION_free(extension);
}

constexpr const char* authority_name = "test authority";

void set_common_name(X509_NAME* name, const char* text) {
  require(
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text), -1, -1, 0));
}

}  // namespace

Authority::Authority(std::filesystem::path directory)
    : directory_(std::move(directory)), key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
  auto own = sign(key_.get(), authority_name, Names{.alternatives = {}});
  write_pem(certificate(), [&](BIO* file) { return PEM_write_bio_X509(file, own.get()); });
}

Authority::Issued Authority::issue(const Names& names) const {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  auto certificate = sign(key.get(), "test server", names);
  Issued issued{directory_ / "issued.pem", directory_ / "issued-key.pem"};
  write_pem(issued.certificate, [&](BIO* file) { return PEM_write_bio_X509(file, certificate.get()); });
  write_pem(issued.key, [&](BIO* file) {
    return PEM_write_bio_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return issued;
}

Authority::Certificate Authority::sign(EVP_PKEY* subject, const char* name, const Names& names) const {
  Certificate made(X509_new(), X509_free);
  X509* certificate = made.get();
  bool is_authority = names.alternatives.empty();
  require(X509_set_version(certificate, X509_VERSION_3));
  require(ASN1_INTEGER_set(X509_get_serialNumber(certificate), is_authority ? 1 : 2));
  set_common_name(X509_get_subject_name(certificate), name);
  set_common_name(X509_get_issuer_name(certificate), authority_name);
  require(X509_gmtime_adj(X509_getm_notBefore(certificate), names.begins));
  require(X509_gmtime_adj(X509_getm_notAfter(certificate), names.ends));
  require(X509_set_pubkey(certificate, subject));
  extend(certificate, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!is_authority) extend(certificate, NID_subject_alt_name, names.alternatives.c_str());
  require(X509_sign(certificate, key_.get(), EVP_sha256()));
  return made;
}

}  // namespace dftp::net::test
