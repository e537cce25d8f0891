#include "proto/wire/frame.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

FrameHeader header(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {std::byte{a}, std::byte{b}, std::byte{c}, std::byte{d}};
}

TEST(Frame, has_the_bytes_the_protocol_shows) {
  const std::string frame = encode_frame(R"({"id":1,"cmd":"ping"})");
  EXPECT_EQ(frame, std::string("\0\0\0\x15", 4) + R"({"id":1,"cmd":"ping"})");
}

TEST(Frame, length_is_read_back) {
  const std::string frame = encode_frame(std::string(0x012345, 'x'));
  FrameHeader bytes;
  std::ranges::copy(as_bytes(frame).first(frame_header_bytes), bytes.begin());
  EXPECT_EQ(decode_frame_header(bytes, 0x012345).value(), 0x012345u);
}

TEST(Frame, length_is_big_endian) {
  EXPECT_EQ(decode_frame_header(header(0x01, 0x02, 0x03, 0x04), UINT32_MAX).value(), 0x01020304u);
}

TEST(Frame, an_empty_one_is_refused) {
  EXPECT_TRUE(fails_with(decode_frame_header(header(0, 0, 0, 0), 10), Code::protocol));
}

TEST(Frame, the_limit_itself_is_allowed_and_one_more_is_not) {
  EXPECT_EQ(decode_frame_header(header(0, 1, 0, 0), 65536).value(), 65536u);
  EXPECT_TRUE(fails_with(decode_frame_header(header(0, 1, 0, 1), 65536), Code::too_large));
  EXPECT_TRUE(fails_with(decode_frame_header(header(0xff, 0xff, 0xff, 0xff), 65536), Code::too_large));
}

}  // namespace
}  // namespace dftp
