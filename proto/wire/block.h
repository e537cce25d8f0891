// Blocks: what data connections carry. One header for all of them; the type says what follows. docs/protocol/core.md,
// "Blocks".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/wire/bytes.h"
#include "proto/wire/error.h"

namespace dftp {

// What a data connection is for: its ticket says it.
enum class Carries : std::uint8_t {
  attaching = 1,  // nobody knows yet
  transfer = 2,
  mount = 4,
  command = 8,
};

enum class BlockType : std::uint8_t {
  // a transfer's sender to its receiver
  file = 1,    // Announcement; flag eager: the content follows without being asked for
  data = 2,    // leaf digests, then the bytes at `offset`
  same = 3,    // u64 length: the bytes at `offset` are those of the digests in `want`
  zero = 4,    // u64 length: the bytes at `offset` are all zero
  done = 5,    // tree root [+ MD5]; `offset` is the size: all that was wanted has been sent, the source is unchanged
  listed = 6,  // `offset` is the number of files announced: there will be no more
  // a transfer's receiver to its sender
  want = 7,    // u64 length [+ digests of what is there]; flag last: a `done` is expected after it
  skip = 8,    // not needed: the target is already the same
  stored = 9,  // verified, durable and under its final name
  // from everybody on every connection
  error = 10,  // JSON Error for the file or request `id`; everything else goes on
  abort = 11,  // JSON Error for all that the connection is for; the connection ends
  alive = 12,  // still here; of a transfer a JSON Stalls, or nothing
  // the first block each way
  attach = 14,    // Attach; flag early: its request is on the way
  attached = 15,  // Attach
  // a mount's client to its server; `id` is the client's own number, unique among its unanswered ones on this
  // connection
  read = 16,    // u64 handle, u32 count: the bytes at `offset`
  write = 17,   // u64 handle, the bytes; with flag append at the end of the file, and `offset` is the seq (fs::Once)
  cancel = 18,  // empty: the answer to `id` is no longer wanted; it still comes, perhaps as `error`
  acknowledge = 19,  // empty; all replies up to the seq that `offset` is have come, as fs::Once::acked. No answer
  // a mount's server to its client; `at` is the number of the last event before the file was read or its attributes
  // taken
  content = 20,  // u64 at, what was read at `offset`; shorter than asked for: the file ends there
  written = 21,  // u64 at, WrittenAttr; `offset` is where the bytes stand
  // a remote command
  input = 24,   // from the client; empty: the end of it
  room = 25,    // from the server, u64: so many bytes of input may come in all
  output = 26,  // from the server, what the command writes to standard output
  errors = 27,  // and to standard error
  ended = 28,   // from the server, an ExecEnded; the last one
};

namespace block_flags {
inline constexpr std::uint8_t early = 1;    // on `attach`
inline constexpr std::uint8_t eager = 1;    // on `file`
inline constexpr std::uint8_t last = 1;     // on `want`
inline constexpr std::uint8_t append = 1;   // on `write`
inline constexpr std::uint8_t digests = 2;  // on `write` and `content`: an MD5 for each 64 KiB comes before the bytes
}  // namespace block_flags

// On the wire, 24 bytes, big-endian: u32 length, u8 type, u8 flags, u16 zero, u64 id, u64 offset.
struct BlockHeader {
  std::uint32_t length = 0;  // of the payload, in bytes
  BlockType type = BlockType::alive;
  std::uint8_t flags = 0;
  std::uint64_t id = 0;  // of a transfer: the file, counted from 1 by the sender; of a mount: the request; 0: none
  std::uint64_t offset = 0;

  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

inline constexpr std::size_t block_header_bytes = 24;

void encode_block_header(const BlockHeader& header, std::span<std::byte, block_header_bytes> out);
// Both in one piece; the payload says the length.
std::vector<std::byte> encode_block(BlockHeader header, Bytes payload);

// Refuses types and flags that this kind of connection does not have, and payloads over the type's limit
// (Code::protocol, Code::too_large). Types that may be skipped are let through, whatever their flags are.
Result<BlockHeader> decode_block_header(std::span<const std::byte, block_header_bytes> in, Carries carries);

// An unknown type that a later version has added: its payload is dropped.
inline constexpr std::uint8_t first_skipped_type = 128;
inline bool is_skipped(BlockType type) {
  return static_cast<std::uint8_t>(type) >= first_skipped_type;
}

// As the documents call it; empty: unknown.
std::string_view name_of(BlockType type);

// What an `attach` and an `attached` carry, 48 bytes: who has a ticket, and that it knows the ticket's secret.
struct AttachProof {
  std::array<std::byte, 16> identity;
  std::array<std::byte, 32> proof;  // an HMAC; proto/transfer/ticket.h

  friend bool operator==(const AttachProof&, const AttachProof&) = default;
};
inline constexpr std::size_t attach_bytes = 48;

void put_u64(std::uint64_t value, std::span<std::byte, 8> out);
std::uint64_t get_u64(std::span<const std::byte, 8> in);

}  // namespace dftp
