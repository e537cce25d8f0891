#include "server/auth/password_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "proto/wire/encoding.h"

namespace dftp::server {
namespace {

// The cost, and how it is written.
constexpr std::uint64_t n = 16384, r = 8, p = 1;
constexpr std::string_view prefix = "$scrypt$N=16384,r=8,p=1$";
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;

unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// Empty when memory has run out.
std::string scrypt(std::string_view password, const std::string& salt) {
  constexpr std::uint64_t memory = 32 * 1024 * 1024;
  std::string hash(hash_bytes, '\0');
  const auto* salted = reinterpret_cast<const unsigned char*>(salt.data());
  if (!EVP_PBE_scrypt(password.data(), password.size(), salted, salt.size(), n, r, p, memory, octets(hash),
                      hash_bytes)) {
    return {};
  }
  return hash;
}

}  // namespace

Result<PasswordHash> PasswordHash::of(std::string_view password) {
  std::string salt(salt_bytes, '\0');
  if (RAND_bytes(octets(salt), salt_bytes) != 1) return fail(Code::io, "password", "the system gives no random bytes");
  std::string hash = scrypt(password, salt);
  if (hash.empty()) return fail(Code::io, "password", "not enough memory to hash it");
  return PasswordHash(std::move(salt), std::move(hash));
}

Result<PasswordHash> PasswordHash::parse(std::string_view text) {
  const std::size_t middle = text.rfind('$');
  if (text.starts_with(prefix) && middle >= prefix.size()) {
    auto salt = from_base64(text.substr(prefix.size(), middle - prefix.size()));
    auto hash = from_base64(text.substr(middle + 1));
    if (salt && hash && salt->size() == salt_bytes && hash->size() == hash_bytes) {
      return PasswordHash(std::move(*salt), std::move(*hash));
    }
  }
  return fail(Code::usage, "password", "is not a hash that \"dftp-server user\" made");
}

const PasswordHash& PasswordHash::nobody() {
  static const PasswordHash hash(std::string(salt_bytes, '\0'), std::string(hash_bytes, '\0'));
  return hash;
}

bool PasswordHash::matches(std::string_view password) const {
  const std::string hash = scrypt(password, salt_);
  return hash.size() == hash_.size() && CRYPTO_memcmp(hash.data(), hash_.data(), hash_.size()) == 0;
}

std::string PasswordHash::text() const {
  return std::string(prefix) + to_base64(salt_) + "$" + to_base64(hash_);
}

}  // namespace dftp::server
