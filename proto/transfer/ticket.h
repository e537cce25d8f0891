// A ticket opens one data connection: an identity, said in the open, and a secret that is proved and never sent there.
// docs/protocol/core.md, "Data connections".
#pragma once

#include <string>
#include <string_view>

#include "proto/wire/message.h"

namespace dftp {

struct Ticket {
  std::string identity;  // 32 hexadecimal digits
  std::string secret;    // 32 hexadecimal digits

  static Ticket make();  // 128 random bits each
  static Result<Ticket> parse(std::string_view text);
  std::string text() const { return identity + secret; }

  Attach attach() const;
  Attached attached() const;
  // In constant time.
  bool proves(const Attach& attach) const;
  bool proves(const Attached& attached) const;
};

// `bytes` random bytes from the system, in hexadecimal.
std::string random_hex(std::size_t bytes);

}  // namespace dftp
