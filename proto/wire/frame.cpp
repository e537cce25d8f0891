#include "proto/wire/frame.h"

namespace dftp {

std::string encode_frame(std::string_view json) {
  const auto length = static_cast<std::uint32_t>(json.size());
  std::string frame;
  frame.reserve(frame_header_bytes + json.size());
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(length >> shift & 0xff);
  frame += json;
  return frame;
}

Result<std::uint32_t> decode_frame_header(const FrameHeader& header, std::uint32_t limit) {
  std::uint32_t length = 0;
  for (const std::byte byte : header) length = length << 8 | std::to_integer<std::uint32_t>(byte);
  if (length == 0) return fail(Code::protocol, "frame", "an empty frame");
  if (length > limit) {
    return fail(Code::too_large, "frame",
                std::to_string(length) + " bytes, over the limit of " + std::to_string(limit));
  }
  return length;
}

}  // namespace dftp
