#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "proto/wire/encoding.h"
#include "proto/wire/json.h"

namespace dftp::json {
namespace {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void operator()(std::nullptr_t) { out_ += "null"; }
  void operator()(bool value) { out_ += value ? "true" : "false"; }
  void operator()(std::int64_t value) { append_number(value); }
  void operator()(std::uint64_t value) { append_number(value); }
  void operator()(double value) {
    if (!std::isfinite(value)) return (*this)(nullptr);
    const std::size_t begin = out_.size();
    append_number(value);
    // So that it is read as a double again.
    if (out_.find_first_of(".e", begin) == out_.npos) out_ += ".0";
  }
  void operator()(const std::string& value) { append_string(out_, value); }
  void operator()(const Array& array) {
    out_ += '[';
    for (const Value& item : array) {
      if (&item != array.data()) out_ += ',';
      std::visit(*this, item.storage());
    }
    out_ += ']';
  }
  void operator()(const Object& object) {
    out_ += '{';
    for (const Member& member : object) {
      if (&member != object.data()) out_ += ',';
      append_string(out_, member.first);
      out_ += ':';
      std::visit(*this, member.second.storage());
    }
    out_ += '}';
  }

 private:
  template <class T>
  void append_number(T value) {
    char digits[32];  // the longest is a double: "-2.2250738585072014e-308"
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }

  std::string& out_;
};

bool must_be_escaped(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 || byte == '"' || byte == '\\';
}

// Eight bytes in one number: one that is below `bound`, at most 0x80, leaves its highest bit; one behind it may, too.
constexpr std::uint64_t each = 0x0101010101010101, highest = 0x80 * each;
constexpr std::uint64_t below(std::uint64_t bytes, std::uint64_t bound) {
  return (bytes - bound * each) & ~bytes;
}

// Byte by byte it would be most of the work for long texts, which the contents of small files are.
constexpr std::ptrdiff_t block = 32;
bool is_plain_block(const char* bytes) {
  std::uint64_t escapes = 0;
  for (std::size_t i = 0; i < block; i += sizeof escapes) {
    std::uint64_t eight;
    std::memcpy(&eight, bytes + i, sizeof eight);
    escapes |= below(eight, 0x20) | below(eight ^ '"' * each, 1) | below(eight ^ '\\' * each, 1);
  }
  return (escapes & highest) == 0;
}

void append_escaped(std::string& out, char byte) {
  switch (byte) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: out += "\\u00" + to_hex({&byte, 1});
  }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  auto plain = text.begin();  // what has not been appended yet
  for (auto at = text.begin(); at != text.end();) {
    const auto end = at + std::min(block, text.end() - at);
    if (end - at == block && is_plain_block(at)) at = end;
    for (; at != end; ++at) {
      if (!must_be_escaped(*at)) continue;
      out.append(plain, at);
      append_escaped(out, *at);
      plain = at + 1;
    }
  }
  out.append(plain, text.end());
  out += '"';
}

std::string write(const Value& value) {
  std::string out;
  std::visit(Writer(out), value.storage());
  return out;
}

}  // namespace dftp::json
