#include "proto/wire/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace dftp {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::uint8_t no_digit = 0xff;

using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(std::string_view digits) {
  Values values;
  values.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr Values base64_values = values_of(base64_digits);

// Files' first bytes travel in base64, so it is done for several digits at a time: two digits of twelve bits, and the
// 24 bits of four digits as the sum of what each brings.
using Pairs = std::array<std::array<char, 2>, 4096>;
constexpr Pairs base64_pairs = [] {
  Pairs pairs;
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {base64_digits[i >> 6], base64_digits[i & 0x3f]};
  return pairs;
}();

constexpr std::uint32_t no_group = 1u << 24;
using Parts = std::array<std::array<std::uint32_t, 256>, 4>;
constexpr Parts base64_parts = [] {
  Parts parts;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t value = base64_values[i];
      parts[k][i] = value == no_digit ? no_group : value << (18 - 6 * k);
    }
  }
  return parts;
}();

constexpr Values hex_values = [] {
  Values values = values_of(hex_digits);
  for (std::size_t i = 10; i < 16; ++i) values[static_cast<std::size_t>('A') + i - 10] = static_cast<std::uint8_t>(i);
  return values;
}();

std::uint8_t value_at(const Values& values, char digit) {
  return values[static_cast<unsigned char>(digit)];
}

std::unexpected<Error> bad_base64() {
  return fail(Code::invalid_request, "", "must be base64 with padding");
}
std::unexpected<Error> bad_hex() {
  return fail(Code::invalid_request, "", "must be hexadecimal");
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  const std::size_t whole = bytes.size() / 3;
  out.resize(whole * 4);
  for (std::size_t i = 0; i < whole; ++i) {
    const auto at = [&](std::size_t k) { return std::uint32_t{static_cast<unsigned char>(bytes[3 * i + k])}; };
    const std::uint32_t group = at(0) << 16 | at(1) << 8 | at(2);
    std::ranges::copy(base64_pairs[group >> 12], &out[4 * i]);
    std::ranges::copy(base64_pairs[group & 0xfff], &out[4 * i + 2]);
  }
  bytes.remove_prefix(whole * 3);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) out += i <= bytes.size() ? base64_digits[group >> (18 - 6 * i) & 0x3f] : '=';
  }
  return out;
}

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return bad_base64();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  text.remove_suffix(padding);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  const std::size_t whole = text.size() / 4;
  out.resize(whole * 3);
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < whole; ++i) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) group |= base64_parts[k][static_cast<unsigned char>(text[4 * i + k])];
    seen |= group;
    for (std::size_t k = 0; k < 3; ++k) out[3 * i + k] = static_cast<char>(group >> (16 - 8 * k));
  }
  if (seen >= no_group) return bad_base64();
  text.remove_prefix(whole * 4);
  std::uint32_t pending = 0;  // bits that do not make a byte yet
  int bits = 0;
  for (const char digit : text) {
    const std::uint8_t value = value_at(base64_values, digit);
    if (value == no_digit) return bad_base64();
    pending = pending << 6 | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(pending >> bits);
      pending &= (1u << bits) - 1;
    }
  }
  // One text for the same bytes: bits behind the last byte must be zero.
  if (pending != 0) return bad_base64();
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 0xf];
  }
  return out;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return bad_hex();
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = value_at(hex_values, text[i]);
    const std::uint8_t low = value_at(hex_values, text[i + 1]);
    if (high == no_digit || low == no_digit) return bad_hex();
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

}  // namespace dftp
