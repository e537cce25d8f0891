#include "proto/wire/block.h"

#include <algorithm>

#include "proto/wire/big_endian.h"
#include "proto/wire/limits.h"

namespace dftp {
namespace {

constexpr std::uint32_t length_bytes = 8;
constexpr std::uint32_t digest = limits::digest_bytes;

struct Row {
  BlockType type;
  std::uint32_t max;  // payload in bytes
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

}  // namespace

void encode_block_header(const BlockHeader& header, std::span<std::byte, block_header_bytes> out) {
  put_big_endian(header.length, &out[0]);
  put_big_endian(static_cast<std::uint8_t>(header.type), &out[4]);
  put_big_endian(header.flags, &out[5]);
  put_big_endian(std::uint16_t{0}, &out[6]);
  put_big_endian(header.file, &out[8]);
  put_big_endian(header.offset, &out[16]);
}

Result<BlockHeader> decode_block_header(std::span<const std::byte, block_header_bytes> in) {
  const BlockHeader header{.length = get_big_endian<std::uint32_t>(&in[0]),
                           .type = static_cast<BlockType>(get_big_endian<std::uint8_t>(&in[4])),
                           .flags = get_big_endian<std::uint8_t>(&in[5]),
                           .file = get_big_endian<std::uint64_t>(&in[8]),
                           .offset = get_big_endian<std::uint64_t>(&in[16])};
  const auto row = std::ranges::find(rows, header.type, &Row::type);
  if (row == std::end(rows)) {
    return fail(Code::protocol, "block", "unknown type " + std::to_string(static_cast<int>(header.type)));
  }
  if (get_big_endian<std::uint16_t>(&in[6]) != 0)
    return fail(Code::protocol, "block", "reserved bytes that are not zero");
  if (header.length > row->max) {
    return fail(Code::too_large, "block",
                std::to_string(header.length) + " bytes, over the limit of " + std::to_string(row->max));
  }
  if (header.offset > limits::file_bytes) return fail(Code::too_large, "block", "an offset no file can have");
  return header;
}

void put_u64(std::uint64_t value, std::span<std::byte, 8> out) {
  put_big_endian(value, out.data());
}

std::uint64_t get_u64(std::span<const std::byte, 8> in) {
  return get_big_endian<std::uint64_t>(in.data());
}

}  // namespace dftp
