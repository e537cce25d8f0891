#include "proto/wire/block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

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
                                     .id = 0x1112131415161718,
                                     .offset = 0x0102030405060708});
  const unsigned char expected[block_header_bytes] = {0x00, 0x00, 0x10, 0x20, 0x02, 0x81, 0x00, 0x00,
                                                      0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
                                                      0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
  EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(expected))));
}

using enum Carries;
using Type = BlockType;

constexpr Carries all[] = {attaching, transfer, mount, command};
constexpr std::uint8_t append = block_flags::append, digests = block_flags::digests;

struct Case {
  Type type;
  std::vector<Carries> carries;
  std::uint32_t min, max;
  std::uint8_t flags = 0;
};
const Case cases[] = {
    {Type::file, {transfer}, 28, 8222, block_flags::eager},
    {Type::data, {transfer}, 0, (1 << 20) + 256},
    {Type::same, {transfer}, 8, 8},
    {Type::zero, {transfer}, 8, 8},
    {Type::done, {transfer}, 16, 32},
    {Type::listed, {transfer}, 0, 0},
    {Type::want, {transfer}, 8, 264, block_flags::last},
    {Type::skip, {transfer}, 0, 0},
    {Type::stored, {transfer}, 0, 0},
    {Type::error, {transfer, mount}, 0, limits::block_json},
    {Type::abort, {attaching, transfer, mount, command}, 0, limits::block_json},
    {Type::alive, {transfer, mount, command}, 0, limits::alive_json},
    {Type::attach, {attaching}, 48, 48, block_flags::early},
    {Type::attached, {attaching}, 48, 48},
    {Type::read, {mount}, 12, 12},
    {Type::write, {mount}, 8, limits::mount_payload + 8, append | digests},
    {Type::cancel, {mount}, 0, 0},
    {Type::acknowledge, {mount}, 0, 0},
    {Type::content, {mount}, 8, limits::mount_payload + 8, digests},
    {Type::written, {mount}, 44, 44},
    {Type::input, {command}, 0, limits::exec_payload},
    {Type::room, {command}, 8, 8},
    {Type::output, {command}, 0, limits::exec_payload},
    {Type::errors, {command}, 0, limits::exec_payload},
    {Type::ended, {command}, 0, limits::exec_payload},
};

TEST(Block, payloads_of_each_type_have_their_limits) {
  for (const Case& one : cases) {
    SCOPED_TRACE(name_of(one.type));
    const Carries on = one.carries.front();
    BlockHeader header{.length = one.max, .type = one.type, .id = UINT64_MAX, .offset = limits::file_bytes};
    EXPECT_EQ(decode_block_header(encoded(header), on).value(), header);
    header.length = one.min;
    EXPECT_EQ(decode_block_header(encoded(header), on).value(), header);
    header.length = one.min - 1;
    if (one.min > 0) {
      EXPECT_TRUE(fails_with(decode_block_header(encoded(header), on), Code::protocol));
    }
    header.length = one.max + 1;
    EXPECT_TRUE(fails_with(decode_block_header(encoded(header), on), Code::too_large));
    header.length = UINT32_MAX;
    EXPECT_TRUE(fails_with(decode_block_header(encoded(header), on), Code::too_large));
  }
}

TEST(Block, each_type_is_for_its_kinds_of_connections) {
  for (const Case& one : cases) {
    const HeaderBytes bytes = encoded({.length = one.min, .type = one.type});
    for (const Carries on : all) {
      const bool expected = std::ranges::find(one.carries, on) != one.carries.end();
      EXPECT_EQ(decode_block_header(bytes, on).has_value(), expected) << name_of(one.type) << static_cast<int>(on);
    }
  }
}

TEST(Block, flags_that_a_type_does_not_have_are_refused) {
  for (const Case& one : cases) {
    for (int flags = 0; flags < 256; ++flags) {
      const HeaderBytes bytes =
          encoded({.length = one.min, .type = one.type, .flags = static_cast<std::uint8_t>(flags)});
      EXPECT_EQ(decode_block_header(bytes, one.carries.front()).has_value(), (flags & ~one.flags) == 0)
          << name_of(one.type) << flags;
    }
  }
}

TEST(Block, unknown_types_below_128_are_refused_and_others_may_be_skipped) {
  for (int type = 0; type < 256; ++type) {
    if (std::ranges::find(cases, static_cast<Type>(type), &Case::type) != std::end(cases)) continue;
    for (const Carries on : all) {
      BlockHeader header{.length = limits::block_payload, .type = static_cast<Type>(type), .flags = 0xff};
      const auto decoded = decode_block_header(encoded(header), on);
      EXPECT_EQ(decoded.has_value(), type >= 128) << type;
      EXPECT_EQ(is_skipped(header.type), type >= 128);
      EXPECT_EQ(name_of(header.type), "");
      if (!decoded) {
        EXPECT_EQ(decoded.error().code, Code::protocol);
      }
      ++header.length;
      EXPECT_TRUE(fails_with(decode_block_header(encoded(header), on), type >= 128 ? Code::too_large : Code::protocol));
    }
  }
}

// A frame is JSON: no type of a first block can be taken for the beginning of an object.
TEST(Block, an_attach_is_no_json) {
  for (const char begin : std::string_view("{ \t\r\n")) EXPECT_NE(static_cast<int>(Type::attach), begin);
}

TEST(Block, reserved_bytes_must_be_zero) {
  for (const std::size_t at : {6, 7}) {
    HeaderBytes bytes = encoded({});
    bytes[at] = std::byte{1};
    EXPECT_TRUE(fails_with(decode_block_header(bytes, transfer), Code::protocol)) << at;
  }
}

TEST(Block, an_offset_over_off_t_is_refused) {
  EXPECT_TRUE(fails_with(decode_block_header(encoded({.offset = limits::file_bytes + 1}), transfer), Code::too_large));
  EXPECT_TRUE(fails_with(decode_block_header(encoded({.offset = UINT64_MAX}), transfer), Code::too_large));
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
