// What a mount's data connections carry after their attach frames: ranged reads and writes, in any order.
// docs/protocol/mount.md, "Reading and writing".
#pragma once

#include <cstdint>

#include "proto/wire/bytes.h"
#include "proto/wire/error.h"

namespace dftp {

enum class MountFrameType : std::uint8_t {
  // client to server; `request` is the client's own number, unique among its unanswered ones on this connection
  read = 1,    // u32 count: the bytes of `handle` at `offset`
  write = 2,   // the bytes; with flag append at the end of the file, and `offset` is then the seq (fs::Once)
  cancel = 3,  // empty: the answer to `request` is no longer wanted; it still comes, perhaps as `failed`
  alive = 4,   // empty: the server sends it back
  // server to client; `handle` is the number of the last event before the file was read or its attributes taken
  data = 5,     // what was read at `offset`; shorter than asked for: the file ends there
  written = 6,  // WrittenAttr; `offset` is where the bytes stand
  failed = 7,   // JSON error
  // client to server, where the mount has the feature
  acknowledge = 8,  // empty; all replies up to the seq that `offset` is have come, as fs::Once::acked. No answer
};

namespace mount_frame_flags {
inline constexpr std::uint8_t append = 1;   // on `write`
inline constexpr std::uint8_t digests = 2;  // on `write` and `data`: an MD5 for each 64 KiB of the bytes comes first
}  // namespace mount_frame_flags

// On the wire, 32 bytes, big-endian: u32 length, u8 type, u8 flags, u16 zero, u64 request, u64 handle, u64 offset.
struct MountFrame {
  std::uint32_t length = 0;  // of the payload, in bytes
  MountFrameType type = MountFrameType::alive;
  std::uint8_t flags = 0;
  std::uint64_t request = 0;
  std::uint64_t handle = 0;
  std::uint64_t offset = 0;

  friend bool operator==(const MountFrame&, const MountFrame&) = default;
};

inline constexpr std::size_t mount_frame_bytes = 32;

void encode_mount_frame(const MountFrame& frame, std::span<std::byte, mount_frame_bytes> out);

// Refuses unknown types and flags, payloads over that type's limit, and offsets that no file can have (Code::protocol,
// Code::too_large).
Result<MountFrame> decode_mount_frame(std::span<const std::byte, mount_frame_bytes> in);

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
