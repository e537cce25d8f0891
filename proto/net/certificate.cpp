#include "proto/net/certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "proto/net/tls.h"
#include "proto/wire/encoding.h"

namespace dftp::net {

namespace {

std::string text_of(const ASN1_TIME* time) {
  std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  ASN1_TIME_print(out.get(), time);
  char* text = nullptr;
  auto length = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(length));
}

bool is_not_pem(unsigned long error) {
  const int library = ERR_GET_LIB(error), reason = ERR_GET_REASON(error);
  return (library == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE) ||
         (library == ERR_LIB_X509 && reason == X509_R_NO_CERTIFICATE_OR_CRL_FOUND) ||
         (library == ERR_LIB_OSSL_DECODER && reason == ERR_R_UNSUPPORTED);
}

}  // namespace

std::string fingerprint_of_key(Bytes der) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int length = 0;
  EVP_Digest(der.data(), der.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string text = to_base64({reinterpret_cast<const char*>(digest.data()), length});
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char* der = nullptr;
  int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return {};
  std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(der,
                                                                 [](unsigned char* bytes) { OPENSSL_free(bytes); });
  return fingerprint_of_key({reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(length)});
}

bool is_ip_address(const std::string& host) {
  in6_addr ignored;
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

bool expect_host(X509_VERIFY_PARAM* verify, const std::string& host) {
  if (host.empty()) return false;
  return (is_ip_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str())
                              : X509_VERIFY_PARAM_set1_host(verify, host.data(), host.size())) == 1;
}

Result<void> check_dates(const X509* certificate, const std::string& where) {
  const ASN1_TIME* begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(begin) >= 0) {
    return fail(Code::identity, where,
                "the certificate is not valid before " + text_of(begin) + "; check the clocks of both machines");
  }
  if (X509_cmp_current_time(end) <= 0) {
    return fail(Code::identity, where, "the certificate expired on " + text_of(end));
  }
  return {};
}

std::string openssl_reason() {
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return from_errno(ERR_GET_REASON(error), {}).detail;
  if (is_not_pem(error)) return "it is not PEM, or holds something else";
  const char* reason = ERR_reason_error_string(error);
  constexpr std::string_view of_encrypted[] = {"bad decrypt", "bad password read", "problems getting password"};
  if (reason && std::ranges::find(of_encrypted, std::string_view(reason)) != std::end(of_encrypted))
    return "it is encrypted; openssl pkey -in OLD -out NEW writes one that is not";
  return reason ? reason : "unknown failure of OpenSSL";
}

}  // namespace dftp::net
