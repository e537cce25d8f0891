#include "proto/wire/message.h"

#include "proto/wire/enum_words.h"

namespace dftp {
namespace {

constexpr EnumWords<Overwrite, 3> overwrite_words{
    {{Overwrite::never, "never"}, {Overwrite::changed, "changed"}, {Overwrite::always, "always"}}};

}  // namespace

std::string_view name_of(Overwrite overwrite) {
  return word_of(overwrite_words, overwrite);
}
std::optional<Overwrite> parse_enum(std::string_view text, Overwrite) {
  return value_of(overwrite_words, text);
}

WireError to_wire(const Error& error) {
  return {std::string(name_of(error.code)), error.errno_name, Name{error.where}, Name{error.detail}};
}

Error from_wire(const WireError& error) {
  return {code_from(error.code), error.errno_name, error.where.bytes, error.message.bytes};
}

}  // namespace dftp
