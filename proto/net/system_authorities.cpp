#include "proto/net/system_authorities.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "proto/net/certificate.h"

namespace dftp::net {

bool system_vouches(const CertificateChain& chain, const std::string& host) {
  if (!chain || sk_X509_num(chain.get()) == 0 || host.empty()) return false;
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(X509_STORE_CTX_new(),
                                                                              X509_STORE_CTX_free);
  const bool verified = store && check && X509_STORE_set_default_paths(store.get()) &&
                        X509_STORE_CTX_init(check.get(), store.get(), sk_X509_value(chain.get(), 0), chain.get()) &&
                        X509_STORE_CTX_set_default(check.get(), "ssl_server") &&
                        expect_host(X509_STORE_CTX_get0_param(check.get()), host) && X509_verify_cert(check.get()) == 1;
  ERR_clear_error();
  return verified;
}

}  // namespace dftp::net
