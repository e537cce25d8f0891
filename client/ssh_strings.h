// The few types of OpenSSH's formats (RFC 4251, 5): u32 big-endian, and strings as u32 length + bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dftp::client {

// Reads from the front of a text that must outlive it. A text that is too short makes every further read nullopt.
class SshReader {
 public:
  explicit SshReader(std::string_view text) : rest_(text) {}

  std::optional<std::uint8_t> byte() {
    const auto raw = bytes(1);
    return raw ? std::optional(static_cast<std::uint8_t>(raw->front())) : std::nullopt;
  }

  std::optional<std::uint32_t> number() {
    const auto raw = bytes(4);
    if (!raw) return std::nullopt;
    std::uint32_t value = 0;
    for (const char byte : *raw) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }

  std::optional<std::string_view> string() {
    const auto length = number();
    return length ? bytes(*length) : std::nullopt;
  }

 private:
  std::optional<std::string_view> bytes(std::size_t count) {
    if (broken_ || count > rest_.size()) {
      broken_ = true;
      return std::nullopt;
    }
    const std::string_view result = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return result;
  }

  std::string_view rest_;
  bool broken_ = false;
};

inline void append_number(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

inline void append_string(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

}  // namespace dftp::client
