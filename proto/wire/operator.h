// What an operator asks of a running server besides `say` and `who`; docs/protocol/operator.md.
#pragma once

#include "proto/wire/fields.h"

namespace dftp {

// Ends sessions, with their transfers, commands and mounts.
struct Kick {
  static constexpr std::string_view command = "kick";
  std::string who;  // a user; or the number of a session, if no user of this name is there
  static void fields(auto& self, auto& io) { io("who", self.who); }
};
struct KickReply {
  std::uint64_t sessions = 0, mounts = 0;  // that were ended
  static void fields(auto& self, auto& io) {
    io("sessions", self.sessions);
    io("mounts", self.mounts);
  }
};

// The users were changed. Answered when nobody goes on as what they no longer are.
struct ReadUsers {
  static constexpr std::string_view command = "users";
  static void fields(auto&, auto&) {}
};
struct ReadUsersReply {
  static void fields(auto&, auto&) {}
};

// The configuration was changed. Refused, with the reason, when nothing of it was taken up.
struct Reload {
  static constexpr std::string_view command = "reload";
  static void fields(auto&, auto&) {}
};
struct ReloadReply {
  std::vector<std::string> changed;  // keys of the configuration file that have other values now
  static void fields(auto& self, auto& io) { io("changed", self.changed); }
};

}  // namespace dftp
