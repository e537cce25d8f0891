// Ed25519 keys as OpenSSH writes them.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "proto/wire/bytes.h"
#include "proto/wire/error.h"

namespace dftp::server {

struct PublicKey {
  std::array<std::byte, 32> key{};
  std::string comment;  // printable; may be empty

  // One line "ssh-ed25519 AAAA... comment". Code::usage for anything else, other kinds of keys included.
  static Result<PublicKey> parse(std::string_view line);
  std::string text() const;

  // Does `signature`, the 64 bytes of Ed25519, prove that the key's owner signed `message`?
  bool verifies(std::string_view message, std::string_view signature) const;
  // The same key, whatever its comment.
  bool same_as(const PublicKey& other) const { return key == other.key; }
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

}  // namespace dftp::server
