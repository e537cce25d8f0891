// A certificate authority for tests: certificates with any names and dates.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>

namespace dftp::net::test {

struct Names {
  std::string alternatives = "DNS:files.example,IP:192.0.2.1";
  long begins = -3600, ends = 3600;  // seconds from now
};

class Authority {
 public:
  // Keeps its files, and those that it issues, in `directory`.
  explicit Authority(std::filesystem::path directory);

  std::filesystem::path certificate() const { return directory_ / "authority.pem"; }
  struct Issued {
    std::filesystem::path certificate, key;
  };
  Issued issue(const Names& names) const;

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
  Certificate sign(EVP_PKEY* subject, const char* name, const Names& names) const;

  std::filesystem::path directory_;
  Key key_;
};

}  // namespace dftp::net::test
