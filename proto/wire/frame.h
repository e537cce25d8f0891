// Control frames: u32 length (big-endian, of the text alone) + UTF-8 JSON object. docs/protocol/core.md, "Frames".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/wire/bytes.h"
#include "proto/wire/error.h"

namespace dftp {

inline constexpr std::size_t frame_header_bytes = 4;
using FrameHeader = std::array<std::byte, frame_header_bytes>;

std::string encode_frame(std::string_view json);

// The length of the text that follows. Code::too_large when it is over `limit`, Code::protocol when it is 0.
Result<std::uint32_t> decode_frame_header(const FrameHeader& header, std::uint32_t limit);

}  // namespace dftp
