// What stands in the blocks of a mount's data connections: ranged reads and writes, in any order.
// docs/protocol/mount.md, "Reading and writing".
#pragma once

#include <cstdint>

#include "proto/wire/block.h"

namespace dftp {

// A header with the number that some types have in front of their payload: the handle of a `read` and a `write`, the
// last event (`at`) of a `content` and a `written`.
struct MountBlock {
  std::uint32_t length = 0;  // of the payload behind that number, in bytes
  BlockType type = BlockType::alive;
  std::uint8_t flags = 0;
  std::uint64_t request = 0;
  std::uint64_t number = 0;
  std::uint64_t offset = 0;

  friend bool operator==(const MountBlock&, const MountBlock&) = default;
};

bool has_number(BlockType type);

// Header and number.
inline constexpr std::size_t max_mount_head_bytes = block_header_bytes + 8;
inline std::size_t mount_head_bytes(BlockType type) {
  return has_number(type) ? max_mount_head_bytes : block_header_bytes;
}

// `out` has mount_head_bytes() of the type.
void encode_mount_block(const MountBlock& block, MutableBytes out);

// The header; where the type has a number, it comes in the next 8 bytes. Refuses what decode_block_header() does.
Result<MountBlock> decode_mount_block(std::span<const std::byte, block_header_bytes> in);

// What a write changes, of the file after it. On the wire, 36 bytes: u64 size, blocks, mtime, ctime, u32 mode.
struct WrittenAttr {
  std::uint64_t size = 0;
  std::uint64_t blocks = 0;  // of 512 bytes
  std::int64_t mtime = 0, ctime = 0;
  std::uint32_t mode = 0;  // as fs::Attr has it

  friend bool operator==(const WrittenAttr&, const WrittenAttr&) = default;
};

inline constexpr std::size_t written_attr_bytes = 36;

void encode_written_attr(const WrittenAttr& attr, std::span<std::byte, written_attr_bytes> out);
WrittenAttr decode_written_attr(std::span<const std::byte, written_attr_bytes> in);

}  // namespace dftp
