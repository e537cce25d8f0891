// Finding servers on the local network by one datagram each way; docs/protocol/discovery.md. Pure.
#pragma once

#include "proto/wire/fields.h"

namespace dftp {

inline constexpr std::uint16_t discovery_port = 2121;
// ff02::6466:7470, "dftp" on one link.
inline constexpr std::string_view discovery_group = "ff02::6466:7470";

// "Who is there?"
struct DiscoveryQuestion {
  std::string ask;  // random; comes back
  static void fields(auto& self, auto& io) { io("ask", self.ask); }
};
struct DiscoveryAnswer {
  std::string ask;
  std::string name;         // of the server, for people
  std::uint16_t port = 0;   // TCP
  std::string fingerprint;  // what it says of itself: proved by TLS only
  bool tls = true;
  static void fields(auto& self, auto& io) {
    io("ask", self.ask);
    io("name", self.name);
    io("port", self.port);
    io("fingerprint", self.fingerprint);
    io("tls", self.tls);
  }
};

// Filled up with blanks to limits::discovery_question bytes: no answer is longer.
std::string encode_question(const DiscoveryQuestion& question);
// Code::protocol for what is no question, or a short one.
Result<DiscoveryQuestion> decode_question(std::string_view datagram);

std::string encode_answer(const DiscoveryAnswer& answer);
// Code::protocol for what is no answer to this question.
Result<DiscoveryAnswer> decode_answer(std::string_view datagram, std::string_view ask);

}  // namespace dftp
