// Control frames over a stream.
#pragma once

#include <functional>

#include "proto/net/stream.h"
#include "proto/wire/json.h"
#include "proto/wire/limits.h"

namespace dftp::net {

// Waits as long as the stream's timeout for a frame to begin, and at most `complete` for the rest of it. `limit` is on
// the text's bytes. Code::too_large and Code::protocol name what was wrong.
Task<Result<json::Value>> read_frame(Stream& stream, std::uint32_t limit, Duration complete = limits::frame_complete);
// With the limit that holds when the frame has begun.
using FrameLimit = std::function<std::uint32_t()>;
Task<Result<json::Value>> read_frame(Stream& stream, const FrameLimit& limit,
                                     Duration complete = limits::frame_complete);
// The text of a frame whose header and perhaps first bytes were read already. `length` is that of the whole text.
Task<Result<json::Value>> read_frame_text(Stream& stream, std::size_t length, std::string_view begun = {});
Task<Result<void>> write_frame(Stream& stream, const json::Value& value);

}  // namespace dftp::net
