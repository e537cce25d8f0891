#include "proto/wire/error_block.h"

#include <algorithm>

#include "proto/wire/limits.h"
#include "proto/wire/message.h"

namespace dftp {

std::string error_json(const Error& error) {
  Error small = error;
  // The longest error must fit limits::block_json, whatever a path in it grows to when it is escaped. A path over the
  // limit is told whole, too: nobody could find it by a part.
  small.where.resize(std::min(small.where.size(), limits::path_bytes + limits::name_bytes + 1));
  small.detail.resize(std::min(small.detail.size(), limits::name_bytes * 4));
  return json::write(to_json(to_wire(small)));
}

Error error_from(Bytes payload) {
  auto value = json::parse(as_text(payload));
  auto error = value ? from_json<WireError>(*value, "error") : std::unexpected(value.error());
  return error ? from_wire(*error) : error.error();
}

std::vector<std::byte> error_block(BlockType type, std::uint64_t id, const Error& error) {
  const std::string text = error_json(error);
  return encode_block({.type = type, .id = id}, as_bytes(text));
}

}  // namespace dftp
