// What messages of every kind share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/wire/attributes.h"
#include "proto/wire/fields.h"

namespace dftp {

inline constexpr int protocol_version = 1;

struct Empty {
  static void fields(auto&, auto&) {}
};

struct WireError {
  std::string code;
  std::string errno_name;
  Name where;
  Name message;
  static void fields(auto& self, auto& io) {
    io("code", self.code);
    io.maybe("errno", self.errno_name);
    io.maybe("where", self.where);
    io("message", self.message);
  }
};
WireError to_wire(const Error& error);
Error from_wire(const WireError& error);

}  // namespace dftp
