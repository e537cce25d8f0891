#include "proto/net/frame_channel.h"

#include <algorithm>

#include "proto/net/watchdog.h"
#include "proto/wire/frame.h"
#include "proto/wire/wipe.h"

namespace dftp::net {

namespace {

// A text is given room as it arrives, so that announcing a long one costs the peer as much as it costs this side.
constexpr std::size_t first_step = 16 * 1024;

// Nothing of a text is left behind: it may hold a password.
void grow(std::string& text, std::size_t size) {
  if (size > text.capacity()) {
    std::string larger;
    larger.reserve(size);
    larger += text;
    wipe(text);
    text = std::move(larger);
  }
  text.resize(size);
}

Task<Result<std::string>> read_text(Stream& stream, std::size_t length, std::string_view begun) {
  std::string text(begun);
  while (text.size() < length) {
    std::size_t have = text.size();
    grow(text, std::min(length, std::max(first_step, have * 2)));
    MutableBytes room(reinterpret_cast<std::byte*>(text.data()) + have, text.size() - have);
    if (auto read = co_await read_exactly(stream, room); !read) co_return std::unexpected(read.error());
  }
  co_return text;
}

Task<Result<json::Value>> read_begun(Stream& stream, FrameHeader& header, std::size_t have, const FrameLimit& limit) {
  MutableBytes rest = MutableBytes(header).subspan(have);
  if (auto read = co_await read_exactly(stream, rest); !read) co_return std::unexpected(read.error());
  auto length = decode_frame_header(header, limit());
  if (!length) co_return std::unexpected(length.error());
  co_return co_await read_frame_text(stream, *length);
}

}  // namespace

Task<Result<json::Value>> read_frame(Stream& stream, std::uint32_t limit, Duration complete) {
  const FrameLimit fixed = [limit] { return limit; };
  co_return co_await read_frame(stream, fixed, complete);
}

Task<Result<json::Value>> read_frame(Stream& stream, const FrameLimit& limit, Duration complete) {
  FrameHeader header;
  auto begun = co_await stream.read_some(header);
  if (!begun) co_return std::unexpected(begun.error());
  stream.set_read_deadline(deadline_after(complete));
  auto value = co_await read_begun(stream, header, *begun, limit);
  stream.set_read_deadline(Watchdog::Clock::time_point::max());
  co_return value;
}

Task<Result<json::Value>> read_frame_text(Stream& stream, std::size_t length, std::string_view begun) {
  auto text = co_await read_text(stream, length, begun);
  if (!text) co_return std::unexpected(text.error());
  auto value = json::parse(*text);
  wipe(*text);
  if (value && !value->as<json::Object>()) co_return fail(Code::protocol, stream.peer(), "a frame holds a JSON object");
  co_return value;
}

Task<Result<void>> write_frame(Stream& stream, const json::Value& value) {
  std::string frame = encode_frame(json::write(value));
  Bytes bytes = as_bytes(frame);
  co_return co_await stream.write(bytes);
}

}  // namespace dftp::net
