// Commands that the server runs for a client; their blocks are in block.h. docs/protocol/exec.md.
#pragma once

#include "proto/wire/message.h"

namespace dftp {

// What this user may run.
struct Commands {
  static constexpr std::string_view command = "commands";
  static void fields(auto&, auto&) {}
};
struct CommandsReply {
  std::vector<std::string> names;
  static void fields(auto& self, auto& io) { io("names", self.names); }
};

struct Exec {
  static constexpr std::string_view command = "exec";
  std::string name;
  std::vector<Name> arguments;
  RemotePath directory;  // in which it runs
  bool input = false;    // it gets what the client sends as its standard input; else that is empty
  bool plain = false;    // data connection without TLS
  static void fields(auto& self, auto& io) {
    io("name", self.name);
    io.maybe("arguments", self.arguments);
    io.maybe("directory", self.directory);
    io.maybe("input", self.input);
    io.maybe("plain", self.plain);
  }
};
// The first part of the answer.
struct ExecBegun {
  static constexpr std::string_view part = "exec";
  std::vector<std::string> tickets;  // one; the command begins when its data connection has come
  static void fields(auto& self, auto& io) { io("tickets", self.tickets); }
};

// How it ended: one of the three. The reply, without `error`, and the last block of the data connection.
struct ExecEnded {
  std::optional<std::uint32_t> status;
  std::optional<std::uint32_t> signal;
  std::optional<WireError> error;  // it could not begin, or was killed for this reason
  static void fields(auto& self, auto& io) {
    io.maybe("status", self.status);
    io.maybe("signal", self.signal);
    io.maybe("error", self.error);
  }
};

}  // namespace dftp
