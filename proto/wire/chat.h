// Conversation over the control channel; docs/protocol/conversation.md.
#pragma once

#include "proto/wire/fields.h"

namespace dftp {

// Who is there, and how far away.
struct Echo {
  static constexpr std::string_view command = "echo";
  Name text;
  static void fields(auto& self, auto& io) { io("text", self.text); }
};
struct EchoReply {
  Name text;
  std::int64_t time = 0;  // the server's, nanoseconds since 1970
  static void fields(auto& self, auto& io) {
    io("text", self.text);
    io("time", self.time);
  }
};

struct Say {
  static constexpr std::string_view command = "say";
  std::string text;
  std::string user;  // only to this user's sessions; empty: to all
  static void fields(auto& self, auto& io) {
    io("text", self.text);
    io.maybe("user", self.user);
  }
};
struct SayReply {
  std::uint64_t sessions = 0;  // that it was sent to
  static void fields(auto& self, auto& io) { io("sessions", self.sessions); }
};

struct Who {
  static constexpr std::string_view command = "who";
  std::uint64_t after = 0;  // only sessions with a higher number
  static void fields(auto& self, auto& io) { io.maybe("after", self.after); }
};
struct SessionInfo {
  std::uint64_t number = 0;
  std::string user;
  std::string client;      // program and version, as it says itself
  std::int64_t since = 0;  // nanoseconds since 1970
  bool own = false;        // the session that asks
  std::string peer;        // its address: for the server's operator only
  static void fields(auto& self, auto& io) {
    io("session", self.number);
    io("user", self.user);
    io("client", self.client);
    io("since", self.since);
    io.maybe("own", self.own);
    io.maybe("peer", self.peer);
  }
};
struct WhoReply {
  std::vector<SessionInfo> sessions;  // by their numbers
  bool more = false;
  static void fields(auto& self, auto& io) {
    io("sessions", self.sessions);
    io("more", self.more);
  }
};

// {"event":"message",...}
struct Message {
  static constexpr std::string_view event = "message";
  std::string text;       // one printable line
  std::string from;       // the user who says it; empty: the server's operator
  bool personal = false;  // only to this user
  static void fields(auto& self, auto& io) {
    io("text", self.text);
    io.maybe("from", self.from);
    io.maybe("personal", self.personal);
  }
};

}  // namespace dftp
