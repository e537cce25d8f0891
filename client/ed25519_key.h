// An Ed25519 key pair as ssh-keygen writes it: the OpenSSH private key format, which names the public key in the open
// and holds the private one, encrypted or not.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::client {

class Ed25519Key {
 public:
  // Code::usage for anything but one ed25519 key, with why; no bytes of the text are in it.
  static Result<Ed25519Key> parse(std::string_view text);

  // The public key as SSH encodes it: string "ssh-ed25519", string of 32 bytes.
  const std::string& public_blob() const { return public_blob_; }
  // Encrypted keys can be named, not used.
  bool encrypted() const { return !secret_; }
  // 64 bytes. The key must not be encrypted.
  std::string sign(std::string_view message) const;

 private:
  struct Secret;

  std::string public_blob_;
  std::shared_ptr<const Secret> secret_;
};

inline constexpr std::string_view ed25519_name = "ssh-ed25519";
inline constexpr std::size_t ed25519_signature_bytes = 64;

// Whether this is the public key of an ed25519 pair, as SSH encodes it.
bool is_ed25519_blob(std::string_view blob);

}  // namespace dftp::client
