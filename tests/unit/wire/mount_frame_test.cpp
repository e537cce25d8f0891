#include "proto/wire/mount_frame.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

using Type = MountFrameType;
using Raw = std::array<std::byte, mount_frame_bytes>;

Raw encoded(const MountFrame& frame) {
  Raw raw;
  encode_mount_frame(frame, raw);
  return raw;
}

TEST(MountFrame, StandsBigEndianInThirtyTwoBytes) {
  const Raw raw = encoded({.length = 0x01020304,
                           .type = Type::write,
                           .flags = 3,
                           .request = 0x1112131415161718,
                           .handle = 0x2122232425262728,
                           .offset = 0x3132333435363738});
  const unsigned char expected[] = {1,    2,    3,    4,    2,    3,    0,    0,    0x11, 0x12, 0x13,
                                    0x14, 0x15, 0x16, 0x17, 0x18, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26,
                                    0x27, 0x28, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38};
  for (std::size_t i = 0; i < raw.size(); ++i) EXPECT_EQ(std::to_integer<int>(raw[i]), expected[i]) << i;
}

TEST(MountFrame, ComesBackAsItWasForEveryTypeAtItsLimits) {
  const MountFrame frames[] = {
      {.length = 4, .type = Type::read, .request = UINT64_MAX, .handle = UINT64_MAX, .offset = limits::file_bytes},
      {.length = 0, .type = Type::write, .request = 1},
      {.length = limits::mount_payload, .type = Type::write, .flags = 3},
      {.length = 0, .type = Type::cancel, .request = 7},
      {.length = 0, .type = Type::alive},
      {.length = limits::mount_payload, .type = Type::data, .flags = mount_frame_flags::digests},
      {.length = written_attr_bytes, .type = Type::written, .offset = 5},
      {.length = limits::block_json, .type = Type::failed},
      {.type = Type::acknowledge, .offset = limits::file_bytes},
  };
  for (const MountFrame& frame : frames) EXPECT_EQ(decode_mount_frame(encoded(frame)).value(), frame);
}

TEST(MountFrame, IsRefusedWhenNoConformingPeerSendsIt) {
  struct {
    const char* what;
    MountFrame frame;
    Code code;
  } const rows[] = {
      {"type 0", {.type = static_cast<Type>(0)}, Code::protocol},
      {"type 9", {.type = static_cast<Type>(9)}, Code::protocol},
      {"type 255", {.type = static_cast<Type>(255)}, Code::protocol},
      {"read without count", {.length = 0, .type = Type::read}, Code::protocol},
      {"read too long", {.length = 5, .type = Type::read}, Code::too_large},
      {"read with a flag", {.length = 4, .type = Type::read, .flags = 1}, Code::protocol},
      {"write too long", {.length = limits::mount_payload + 1, .type = Type::write}, Code::too_large},
      {"write with an unknown flag", {.type = Type::write, .flags = 4}, Code::protocol},
      {"data that appends", {.type = Type::data, .flags = 1}, Code::protocol},
      {"cancel with a payload", {.length = 1, .type = Type::cancel}, Code::too_large},
      {"written too short", {.length = written_attr_bytes - 1, .type = Type::written}, Code::protocol},
      {"failed too long", {.length = limits::block_json + 1, .type = Type::failed}, Code::too_large},
      {"offset", {.length = 4, .type = Type::read, .offset = limits::file_bytes + 1}, Code::too_large},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    EXPECT_TRUE(fails_with(decode_mount_frame(encoded(row.frame)), row.code));
  }
}

TEST(MountFrame, IsRefusedWhenItsReservedBytesAreNotZero) {
  for (const std::size_t at : {6, 7}) {
    Raw raw = encoded({.type = Type::alive});
    raw[at] = std::byte{1};
    EXPECT_TRUE(fails_with(decode_mount_frame(raw), Code::protocol)) << at;
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
