#include "server/toml/toml.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>

#include "proto/wire/encoding.h"

namespace dftp::toml {
namespace {

Value value_of(const ::toml::node& node);

Array array_of(const ::toml::array& in) {
  Array out;
  out.reserve(in.size());
  for (const ::toml::node& item : in) out.push_back(value_of(item));
  return out;
}

Table table_of(const ::toml::table& in) {
  Table out;
  out.reserve(in.size());
  for (const auto& [key, node] : in) out.push_back({std::string(key.str()), value_of(node)});
  std::ranges::stable_sort(out, {}, [](const Member& member) { return member.value.line; });
  return out;
}

Value value_of(const ::toml::node& node) {
  Value out;
  out.line = node.source().begin.line;
  if (const auto* flag = node.as_boolean()) out.data = flag->get();
  if (const auto* number = node.as_integer()) out.data = number->get();
  if (const auto* text = node.as_string()) out.data = text->get();
  if (const auto* array = node.as_array()) out.data = array_of(*array);
  if (const auto* table = node.as_table()) out.data = table_of(*table);
  return out;
}

}  // namespace

Result<Table> parse(std::string_view text, std::string_view file) {
  const ::toml::parse_result result = ::toml::parse(text);
  if (!result) {
    return fail_at(file, result.error().source().begin.line, "not TOML: " + std::string(result.error().description()));
  }
  return table_of(result.table());
}

std::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string detail) {
  return fail(Code::usage, std::string(file) + ":" + std::to_string(line), std::move(detail));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += "\\u00" + to_hex({&c, 1});
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

}  // namespace dftp::toml
