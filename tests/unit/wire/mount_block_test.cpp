#include "proto/wire/mount_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "proto/wire/limits.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

using Type = BlockType;

std::vector<std::byte> mount_bytes(const MountBlock& block) {
  std::vector<std::byte> raw(mount_head_bytes(block.type), std::byte{0xee});
  encode_mount_block(block, raw);
  return raw;
}

Result<MountBlock> mount_block_in(const std::vector<std::byte>& raw) {
  auto block = decode_mount_block(Bytes(raw).first<block_header_bytes>());
  if (block && has_number(block->type)) block->number = get_u64(Bytes(raw).subspan<block_header_bytes, 8>());
  return block;
}

TEST(MountBlock, HasItsNumberBehindTheHeader) {
  const auto raw = mount_bytes({.length = 0x01020304,
                                .type = Type::write,
                                .flags = 3,
                                .request = 0x1112131415161718,
                                .number = 0x2122232425262728,
                                .offset = 0x3132333435363738});
  const unsigned char expected[] = {1,    2,    3,    0x0c, 17,   3,    0,    0,    0x11, 0x12, 0x13,
                                    0x14, 0x15, 0x16, 0x17, 0x18, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36,
                                    0x37, 0x38, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28};
  EXPECT_TRUE(std::ranges::equal(raw, std::as_bytes(std::span(expected))));
}

TEST(MountBlock, ComesBackAsItWasForEveryTypeAtItsLimits) {
  const MountBlock blocks[] = {
      {.length = 4, .type = Type::read, .request = UINT64_MAX, .number = UINT64_MAX, .offset = limits::file_bytes},
      {.length = 0, .type = Type::write, .request = 1},
      {.length = limits::mount_payload, .type = Type::write, .flags = 3},
      {.length = 0, .type = Type::cancel, .request = 7},
      {.length = 0, .type = Type::alive},
      {.length = limits::mount_payload, .type = Type::content, .flags = block_flags::digests, .number = 3},
      {.length = written_attr_bytes, .type = Type::written, .number = 9, .offset = 5},
      {.length = limits::block_json, .type = Type::error},
      {.type = Type::acknowledge, .offset = limits::file_bytes},
  };
  for (const MountBlock& block : blocks) EXPECT_EQ(mount_block_in(mount_bytes(block)).value(), block);
}

TEST(MountBlock, IsRefusedWhenNoConformingPeerSendsIt) {
  struct {
    const char* what;
    MountBlock block;
    Code code;
  } const rows[] = {
      {"read without count", {.length = 0, .type = Type::read}, Code::protocol},
      {"write too long", {.length = limits::mount_payload + 1, .type = Type::write}, Code::too_large},
      {"content that appends", {.type = Type::content, .flags = 1}, Code::protocol},
      {"of a transfer", {.length = 16, .type = Type::done}, Code::protocol},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    EXPECT_TRUE(fails_with(mount_block_in(mount_bytes(row.block)), row.code));
  }
}

TEST(WrittenAttr, ComesBackAsItWas) {
  const WrittenAttr rows[] = {
      {}, {.size = UINT64_MAX, .blocks = 1, .mtime = -1, .ctime = INT64_MIN, .mode = 0100644}, {.mtime = INT64_MAX}};
  for (const WrittenAttr& attr : rows) {
    std::array<std::byte, written_attr_bytes> raw;
    encode_written_attr(attr, raw);
    EXPECT_EQ(decode_written_attr(raw), attr);
  }
}

}  // namespace
}  // namespace dftp
