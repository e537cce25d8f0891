#include "proto/wire/error.h"

#include <algorithm>
#include <array>

#include "proto/wire/encoding.h"

namespace dftp {
namespace {

// In the order of the enum.
constexpr auto names = std::to_array<std::string_view>({
    "invalid_request", "protocol",     "unsupported",  "too_large",    "too_many",     "login_required", "login_failed",
    "denied",          "read_only",    "not_found",    "exists",       "is_directory", "not_directory",  "not_empty",
    "name_too_long",   "invalid_name", "outside_root", "no_space",     "quota",        "busy",           "changed",
    "integrity",       "io",           "timed_out",    "disconnected", "unreachable",  "identity",       "cancelled",
    "shutting_down",   "usage",        "special_file", "time_changed",
});
static_assert(names.size() == static_cast<std::size_t>(Code::time_changed) + 1);

struct Glyph {
  std::size_t bytes = 0;  // 0: no valid UTF-8
  char32_t code = 0;
};

Glyph first_glyph(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  char32_t code = lead & (0x7f >> bytes);
  for (const unsigned char next : text.substr(1, bytes - 1)) {
    if ((next & 0xc0) != 0x80) return {};
    code = code << 6 | (next & 0x3f);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < smallest[bytes] || code > 0x10ffff || surrogate) return {};
  return {bytes, code};
}

// What a terminal obeys instead of showing: C0 and C1 controls, line separators, changes of writing direction.
bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string_view name_of(Code code) {
  return names[static_cast<std::size_t>(code)];
}

Code code_from(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? Code::io : static_cast<Code>(found - names.begin());
}

std::string describe(const Error& error) {
  const std::string detail = error.detail.empty() ? std::string(name_of(error.code)) : printable(error.detail);
  return error.where.empty() ? detail : printable(error.where) + ": " + detail;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    const std::size_t bytes = std::max<std::size_t>(glyph.bytes, 1);
    if (glyph.bytes != 0 && !is_control(glyph.code)) {
      out += text.substr(0, bytes);
    } else {
      for (std::size_t i = 0; i < bytes; ++i) out += "\\x" + to_hex(text.substr(i, 1));
    }
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace dftp
