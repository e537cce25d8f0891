// Blocks: what a data connection carries after its attach frame. docs/protocol/transfers.md, "Blocks".
#pragma once

#include <array>
#include <cstdint>

#include "proto/wire/bytes.h"
#include "proto/wire/error.h"

namespace dftp {

enum class BlockType : std::uint8_t {
  // sender to receiver
  file = 1,    // JSON Announcement; flag eager: the content follows without being asked for
  data = 2,    // leaf digests, then the bytes at `offset`
  same = 3,    // u64 length: the bytes at `offset` are those of the digests in `want`
  zero = 4,    // u64 length: the bytes at `offset` are all zero
  done = 5,    // tree root [+ MD5]; `offset` is the size: all that was wanted has been sent, the source is unchanged
  listed = 6,  // `offset` is the number of files announced: there will be no more
  // receiver to sender
  want = 7,    // u64 length [+ digests of what is there]; flag last: a `done` is expected after it
  skip = 8,    // not needed: the target is already the same
  stored = 9,  // verified, durable and under its final name
  // both
  error = 10,  // JSON Error for this file; the transfer goes on
  abort = 11,  // JSON Error for the whole transfer; the connection ends
  alive = 12,  // still here; a JSON Stalls, or nothing
};

namespace block_flags {
inline constexpr std::uint8_t eager = 1;  // on `file`
inline constexpr std::uint8_t last = 1;   // on `want`
}  // namespace block_flags

// On the wire, 24 bytes, big-endian: u32 length, u8 type, u8 flags, u16 zero, u64 file, u64 offset.
struct BlockHeader {
  std::uint32_t length = 0;  // of the payload, in bytes
  BlockType type = BlockType::alive;
  std::uint8_t flags = 0;
  std::uint64_t file = 0;  // chosen by the sender, counting from 1; 0: no file
  std::uint64_t offset = 0;

  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

inline constexpr std::size_t block_header_bytes = 24;

void encode_block_header(const BlockHeader& header, std::span<std::byte, block_header_bytes> out);

// Refuses unknown types and payloads over that type's limit (Code::protocol, Code::too_large).
Result<BlockHeader> decode_block_header(std::span<const std::byte, block_header_bytes> in);

void put_u64(std::uint64_t value, std::span<std::byte, 8> out);
std::uint64_t get_u64(std::span<const std::byte, 8> in);

}  // namespace dftp
