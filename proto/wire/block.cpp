#include "proto/wire/block.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

constexpr std::uint32_t length_bytes = 8;
constexpr std::uint32_t digest = limits::digest_bytes;

struct Row {
  BlockType type;
  std::uint32_t most;  // payload in bytes
};

constexpr Row rows[] = {
    {BlockType::file, limits::block_json},
    {BlockType::data, limits::block_payload},
    {BlockType::same, length_bytes},
    {BlockType::zero, length_bytes},
    {BlockType::done, 2 * digest},
    {BlockType::listed, 0},
    {BlockType::want, length_bytes + limits::leaves_per_block* digest},
    {BlockType::skip, 0},
    {BlockType::stored, 0},
    {BlockType::error, limits::block_json},
    {BlockType::abort, limits::block_json},
    {BlockType::alive, limits::alive_json},
};

template <class T>
void put(T value, std::byte* out) {
  for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<T>(value >> 8)) out[i] = static_cast<std::byte>(value);
}

template <>
void put(std::uint8_t value, std::byte* out) {
  *out = static_cast<std::byte>(value);
}

template <class T>
T get(const std::byte* in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8 | std::to_integer<std::uint64_t>(in[i]);
  return static_cast<T>(value);
}

}  // namespace

void encode_block_header(const BlockHeader& header, std::span<std::byte, block_header_bytes> out) {
  put(header.length, &out[0]);
  put(static_cast<std::uint8_t>(header.type), &out[4]);
  put(header.flags, &out[5]);
  put(std::uint16_t{0}, &out[6]);
  put(header.file, &out[8]);
  put(header.offset, &out[16]);
}

Result<BlockHeader> decode_block_header(std::span<const std::byte, block_header_bytes> in) {
  const BlockHeader header{.length = get<std::uint32_t>(&in[0]),
                           .type = static_cast<BlockType>(get<std::uint8_t>(&in[4])),
                           .flags = get<std::uint8_t>(&in[5]),
                           .file = get<std::uint64_t>(&in[8]),
                           .offset = get<std::uint64_t>(&in[16])};
  const auto row = std::ranges::find(rows, header.type, &Row::type);
  if (row == std::end(rows)) {
    return fail(Code::protocol, "block", "unknown type " + std::to_string(static_cast<int>(header.type)));
  }
  if (get<std::uint16_t>(&in[6]) != 0) return fail(Code::protocol, "block", "reserved bytes that are not zero");
  if (header.length > row->most) {
    return fail(Code::too_large, "block",
                std::to_string(header.length) + " bytes, over the limit of " + std::to_string(row->most));
  }
  if (header.offset > limits::file_bytes) return fail(Code::too_large, "block", "an offset no file can have");
  return header;
}

void put_u64(std::uint64_t value, std::span<std::byte, 8> out) {
  put(value, out.data());
}

std::uint64_t get_u64(std::span<const std::byte, 8> in) {
  return get<std::uint64_t>(in.data());
}

}  // namespace dftp
