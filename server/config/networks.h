// Which addresses something may connect to: `fetch-from` of the configuration. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/url.h"

namespace dftp::server {

struct Network {
  std::array<std::uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
  unsigned bits = 128;
  std::uint16_t port = default_port;
  friend bool operator==(const Network&, const Network&) = default;
};

// "10.0.0.0/8", "192.0.2.7:2122", "fd00::/8", "[fd00::/8]:2122": numbers only, so that nobody's name server decides.
// Without a port it is the usual one. Code::usage.
Result<Network> parse_network(std::string_view text);

// As parse_network() takes it; without a port that is the usual one.
std::string text_of(const Network& network);

// This machine itself, as 127.0.0.1 and ::1.
std::vector<Network> loopback_networks();

// Whether the endpoint, whose host is a number, is in one of them. What is no number is in none.
bool is_in(const Endpoint& endpoint, std::span<const Network> networks);
// The same, whatever the port.
bool is_address_in(const std::string& host, std::span<const Network> networks);

}  // namespace dftp::server
