// A ticket opens one data connection: an identity, said in the open, and a secret that is proved and never sent there.
// docs/protocol/core.md, "Data connections".
#pragma once

#include <string>
#include <string_view>

#include "proto/wire/block.h"

namespace dftp {

struct Ticket {
  std::string identity;  // 32 hexadecimal digits
  std::string secret;    // 32 hexadecimal digits

  static Ticket make();  // 128 random bits each
  // Code::protocol for what is no ticket, and for one that anybody can guess.
  static Result<Ticket> parse(std::string_view text);
  std::string text() const { return identity + secret; }

  // HMAC-SHA256 with the secret's 16 bytes, of "dftp attach " (client) or "dftp attached " (server) and the
  // identity's 16.
  AttachProof attach() const;
  AttachProof attached() const;
  // In constant time.
  bool proves_attach(const AttachProof& attach) const;
  bool proves_attached(const AttachProof& attached) const;
};

// `bytes` random bytes from the system, in hexadecimal.
std::string random_hex(std::size_t bytes);

}  // namespace dftp
