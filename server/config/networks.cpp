#include "server/config/networks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace dftp::server {
namespace {

constexpr unsigned mapped_bits = 96;  // before an IPv4 address
constexpr std::array<std::uint8_t, 16> v4_begin = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct ParsedAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v4 = false;
};

std::optional<ParsedAddress> parse_address(const std::string& text) {
  ParsedAddress number;
  if (::inet_pton(AF_INET6, text.c_str(), number.bytes.data()) == 1) return number;
  number = {v4_begin, true};
  if (::inet_pton(AF_INET, text.c_str(), number.bytes.data() + mapped_bits / 8) == 1) return number;
  return std::nullopt;
}

std::optional<unsigned> parse_number(std::string_view text, unsigned max) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > max) return std::nullopt;
  return number;
}

// "[V6]:PORT", "V4:PORT" in two.
struct Parts {
  std::string_view network, port;
};
Parts split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return {};
    const std::string_view rest = text.substr(end + 1);
    return {text.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : rest};
  }
  const std::size_t colon = text.find(':');
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool same_beginning(const std::array<std::uint8_t, 16>& one, const std::array<std::uint8_t, 16>& other, unsigned bits) {
  const unsigned bytes = bits / 8, rest = bits % 8;
  if (!std::equal(one.begin(), one.begin() + bytes, other.begin())) return false;
  return rest == 0 || (one[bytes] ^ other[bytes]) >> (8 - rest) == 0;
}

}  // namespace

Result<Network> parse_network(std::string_view text) {
  const auto refuse = [&] {
    return fail(Code::usage, std::string(text), "is no network; give an address, as in 10.0.0.0/8 or [fd00::/8]:2121");
  };
  const Parts parts = split(text);
  const std::size_t slash = std::min(parts.network.find('/'), parts.network.size());
  const auto address = parse_address(std::string(parts.network.substr(0, slash)));
  if (!address) return refuse();
  const unsigned max = address->v4 ? 32 : 128;
  const auto bits = slash < parts.network.size() ? parse_number(parts.network.substr(slash + 1), max) : max;
  const auto port = parts.port.empty() ? default_port : parse_number(parts.port, 65535);
  if (!bits || !port || *port == 0) return refuse();
  return Network{address->bytes, *bits + (address->v4 ? mapped_bits : 0), static_cast<std::uint16_t>(*port)};
}

std::string text_of(const Network& network) {
  const auto* bytes = network.address.data();
  const bool v4 = network.bits >= mapped_bits && same_beginning(network.address, v4_begin, mapped_bits);
  char address[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + mapped_bits / 8 : bytes, address, sizeof address);
  const std::string text = std::string(address) + "/" + std::to_string(network.bits - (v4 ? mapped_bits : 0));
  if (network.port == default_port) return text;
  return (v4 ? text : "[" + text + "]") + ":" + std::to_string(network.port);
}

std::vector<Network> loopback_networks() {
  return {*parse_network("127.0.0.1"), *parse_network("::1")};
}

bool is_address_in(const std::string& host, std::span<const Network> networks) {
  const auto address = parse_address(host);
  return address && std::ranges::any_of(networks, [&](const Network& network) {
           return same_beginning(address->bytes, network.address, network.bits);
         });
}

bool is_in(const Endpoint& endpoint, std::span<const Network> networks) {
  const auto address = parse_address(endpoint.host);
  return address && !endpoint.is_unix() && std::ranges::any_of(networks, [&](const Network& network) {
           return network.port == endpoint.port && same_beginning(address->bytes, network.address, network.bits);
         });
}

}  // namespace dftp::server
