#include "proto/wire/block.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "proto/wire/limits.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

using HeaderBytes = std::array<std::byte, block_header_bytes>;

HeaderBytes encoded(const BlockHeader& header) {
  HeaderBytes bytes;
  bytes.fill(std::byte{0xee});  // every byte must be written
  encode_block_header(header, bytes);
  return bytes;
}

TEST(Block, header_has_the_documented_bytes) {
  const HeaderBytes bytes = encoded({.length = 0x01020,
                                     .type = BlockType::data,
                                     .flags = 0x81,
                                     .file = 0x1112131415161718,
                                     .offset = 0x0102030405060708});
  const unsigned char expected[block_header_bytes] = {0x00, 0x00, 0x10, 0x20, 0x02, 0x81, 0x00, 0x00,
                                                      0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
                                                      0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
  EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(expected))));
}

TEST(Block, payload_limit_of_each_type) {
  struct Case {
    BlockType type;
    std::uint32_t max;
  };
  const Case cases[] = {
      {BlockType::file, limits::block_json},
      {BlockType::data, (1 << 20) + 256},
      {BlockType::same, 8},
      {BlockType::zero, 8},
      {BlockType::done, 32},
      {BlockType::listed, 0},
      {BlockType::want, 264},
      {BlockType::skip, 0},
      {BlockType::stored, 0},
      {BlockType::error, limits::block_json},
      {BlockType::abort, limits::block_json},
      {BlockType::alive, limits::alive_json},
  };
  for (const auto& [type, max] : cases) {
    BlockHeader header{.length = max, .type = type, .flags = 1, .file = UINT64_MAX, .offset = limits::file_bytes};
    EXPECT_EQ(decode_block_header(encoded(header)).value(), header) << static_cast<int>(type);
    header.length = max + 1;
    EXPECT_TRUE(fails_with(decode_block_header(encoded(header)), Code::too_large)) << static_cast<int>(type);
    header.length = UINT32_MAX;
    EXPECT_TRUE(fails_with(decode_block_header(encoded(header)), Code::too_large)) << static_cast<int>(type);
  }
}

TEST(Block, unknown_types_are_refused) {
  for (const int type : {0, 13, 127, 128, 255}) {
    const BlockHeader header{.type = static_cast<BlockType>(type)};
    EXPECT_TRUE(fails_with(decode_block_header(encoded(header)), Code::protocol)) << type;
  }
}

TEST(Block, reserved_bytes_must_be_zero) {
  for (const std::size_t at : {6, 7}) {
    HeaderBytes bytes = encoded({});
    bytes[at] = std::byte{1};
    EXPECT_TRUE(fails_with(decode_block_header(bytes), Code::protocol)) << at;
  }
}

TEST(Block, an_offset_over_off_t_is_refused) {
  EXPECT_TRUE(fails_with(decode_block_header(encoded({.offset = limits::file_bytes + 1})), Code::too_large));
  EXPECT_TRUE(fails_with(decode_block_header(encoded({.offset = UINT64_MAX})), Code::too_large));
}

TEST(Block, u64_is_big_endian_and_exact) {
  std::array<std::byte, 8> bytes;
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{0x0102030405060708}, UINT64_MAX}) {
    put_u64(value, bytes);
    EXPECT_EQ(get_u64(bytes), value);
  }
  put_u64(0x0102030405060708, bytes);
  EXPECT_EQ(bytes[0], std::byte{1});
  EXPECT_EQ(bytes[7], std::byte{8});
}

}  // namespace
}  // namespace dftp
