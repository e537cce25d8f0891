// Passwords at rest: scrypt (RFC 7914). Each call costs some 50 ms of a core and 16 MiB.
#pragma once

#include <string>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::server {

class PasswordHash {
 public:
  // With a fresh salt.
  static Result<PasswordHash> of(std::string_view password);
  // "$scrypt$N=16384,r=8,p=1$SALT$HASH", both in base64. Other costs are refused: a login must take the same time
  // whatever name it tries.
  static Result<PasswordHash> parse(std::string_view text);
  // No password's hash: what a name is tried against that is nobody's.
  static const PasswordHash& nobody();

  // In constant time.
  bool matches(std::string_view password) const;
  std::string text() const;
  friend bool operator==(const PasswordHash&, const PasswordHash&) = default;

 private:
  PasswordHash(std::string salt, std::string hash) : salt_(std::move(salt)), hash_(std::move(hash)) {}

  std::string salt_;
  std::string hash_;
};

}  // namespace dftp::server
