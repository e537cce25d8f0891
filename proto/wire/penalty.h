// Who is kept out by a server for a while; docs/protocol/operator.md.
#pragma once

#include "proto/wire/fields.h"

namespace dftp {

// Who has penalties, a page of them.
struct ListPenalties {
  static constexpr std::string_view command = "penalties";
  std::string after;  // only sources behind this one
  static void fields(auto& self, auto& io) { io.maybe("after", self.after); }
};
struct PenaltyInfo {
  std::string source;         // an IPv4 address, the /64 of an IPv6 address, or "unix:UID"
  std::uint64_t seconds = 0;  // until they have run off
  bool refused = false;       // they are enough to keep it out
  static void fields(auto& self, auto& io) {
    io("source", self.source);
    io("seconds", self.seconds);
    io("refused", self.refused);
  }
};
struct ListPenaltiesReply {
  std::vector<PenaltyInfo> penalties;  // by their sources
  bool more = false;
  static void fields(auto& self, auto& io) {
    io("penalties", self.penalties);
    io("more", self.more);
  }
};

// Forgets them.
struct LiftPenalty {
  static constexpr std::string_view command = "penalties.lift";
  std::string source;  // an address of it; "all": those of all sources
  static void fields(auto& self, auto& io) { io("source", self.source); }
};
struct LiftPenaltyReply {
  std::uint64_t lifted = 0;
  static void fields(auto& self, auto& io) { io("lifted", self.lifted); }
};

}  // namespace dftp
