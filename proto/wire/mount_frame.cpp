#include "proto/wire/mount_frame.h"

#include <algorithm>

#include "proto/wire/big_endian.h"
#include "proto/wire/limits.h"

namespace dftp {
namespace {

struct Row {
  MountFrameType type;
  std::uint32_t least, max;  // payload in bytes
  std::uint8_t flags;        // those that it may have
};

constexpr Row rows[] = {
    {MountFrameType::read, 4, 4, 0},
    {MountFrameType::write, 0, limits::mount_payload, mount_frame_flags::append | mount_frame_flags::digests},
    {MountFrameType::cancel, 0, 0, 0},
    {MountFrameType::alive, 0, 0, 0},
    {MountFrameType::data, 0, limits::mount_payload, mount_frame_flags::digests},
    {MountFrameType::written, written_attr_bytes, written_attr_bytes, 0},
    {MountFrameType::failed, 0, limits::block_json, 0},
    {MountFrameType::acknowledge, 0, 0, 0},
};

}  // namespace

void encode_mount_frame(const MountFrame& frame, std::span<std::byte, mount_frame_bytes> out) {
  put_big_endian(frame.length, &out[0]);
  put_big_endian(static_cast<std::uint8_t>(frame.type), &out[4]);
  put_big_endian(frame.flags, &out[5]);
  put_big_endian(std::uint16_t{0}, &out[6]);
  put_big_endian(frame.request, &out[8]);
  put_big_endian(frame.handle, &out[16]);
  put_big_endian(frame.offset, &out[24]);
}

Result<MountFrame> decode_mount_frame(std::span<const std::byte, mount_frame_bytes> in) {
  const MountFrame frame{.length = get_big_endian<std::uint32_t>(&in[0]),
                         .type = static_cast<MountFrameType>(get_big_endian<std::uint8_t>(&in[4])),
                         .flags = get_big_endian<std::uint8_t>(&in[5]),
                         .request = get_big_endian<std::uint64_t>(&in[8]),
                         .handle = get_big_endian<std::uint64_t>(&in[16]),
                         .offset = get_big_endian<std::uint64_t>(&in[24])};
  const auto row = std::ranges::find(rows, frame.type, &Row::type);
  if (row == std::end(rows))
    return fail(Code::protocol, "frame", "unknown type " + std::to_string(static_cast<int>(frame.type)));
  if (get_big_endian<std::uint16_t>(&in[6]) != 0)
    return fail(Code::protocol, "frame", "reserved bytes that are not zero");
  if ((frame.flags & ~row->flags) != 0) return fail(Code::protocol, "frame", "an unknown flag");
  if (frame.length < row->least) return fail(Code::protocol, "frame", "a payload that is too short");
  if (frame.length > row->max) {
    return fail(Code::too_large, "frame",
                std::to_string(frame.length) + " bytes, over the limit of " + std::to_string(row->max));
  }
  if (frame.offset > limits::file_bytes) return fail(Code::too_large, "frame", "an offset no file can have");
  return frame;
}

void encode_written_attr(const WrittenAttr& attr, std::span<std::byte, written_attr_bytes> out) {
  put_big_endian(attr.size, &out[0]);
  put_big_endian(attr.blocks, &out[8]);
  put_big_endian(attr.mtime, &out[16]);
  put_big_endian(attr.ctime, &out[24]);
  put_big_endian(attr.mode, &out[32]);
}

WrittenAttr decode_written_attr(std::span<const std::byte, written_attr_bytes> in) {
  return {.size = get_big_endian<std::uint64_t>(&in[0]),
          .blocks = get_big_endian<std::uint64_t>(&in[8]),
          .mtime = get_big_endian<std::int64_t>(&in[16]),
          .ctime = get_big_endian<std::int64_t>(&in[24]),
          .mode = get_big_endian<std::uint32_t>(&in[32])};
}

}  // namespace dftp
