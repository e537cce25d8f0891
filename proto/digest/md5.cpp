#include "proto/digest/md5.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace dftp {

namespace {

// Integrity, not security: "-fips" finds MD5 also where the system's default is FIPS digests only.
// Fetched once, for a fetch takes longer than hashing a small file.
const EVP_MD* algorithm() {
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", "-fips");
  return md5;
}

void require(bool succeeded) {
  if (!succeeded) throw std::runtime_error("libcrypto: MD5 failed");
}

}  // namespace

struct Md5::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  State() { require(context && EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1); }

  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Md5::Md5() = default;
Md5::~Md5() = default;
Md5::Md5(Md5&&) noexcept = default;
Md5& Md5::operator=(Md5&&) noexcept = default;

Md5::State& Md5::state() {
  if (!state_) state_ = std::make_unique<State>();
  return *state_;
}

void Md5::update(Bytes bytes) {
  require(EVP_DigestUpdate(state().context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Md5::finish() {
  Digest digest;
  require(EVP_DigestFinal_ex(state().context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return digest;
}

Digest md5(Bytes message) {
  Md5 hash;
  hash.update(message);
  return hash.finish();
}

std::string to_hex(const Digest& digest) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (std::byte b : digest) {
    const auto value = std::to_integer<unsigned>(b);
    hex += digits[value >> 4];
    hex += digits[value & 15];
  }
  return hex;
}

}  // namespace dftp
