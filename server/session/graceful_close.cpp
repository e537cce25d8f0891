#include "server/session/graceful_close.h"

#include "proto/net/watchdog.h"
#include "proto/wire/error_block.h"
#include "proto/wire/frame.h"
#include "proto/wire/message.h"

namespace dftp::server {
net::Task<void> drain_stream(net::Stream& stream) {
  std::array<std::byte, 4096> unread;
  for (;;) {
    auto read = co_await stream.read_some(unread);
    if (!read) co_return;
  }
}

namespace {

constexpr auto patience = std::chrono::seconds(1);

net::Task<void> say_last(net::Stream& stream, Bytes words) {
  stream.set_timeout(patience);
  stream.set_read_deadline(net::deadline_after(2 * patience));
  if (auto written = co_await stream.write(words)) {
    co_await stream.finish();
    co_await drain_stream(stream);
  }
  stream.close();
}

}  // namespace

net::Task<void> reject(net::Stream& stream, const Error& error) {
  const std::string frame = encode_frame(json::write(json::Object{{"error", to_json(to_wire(error))}}));
  co_await say_last(stream, as_bytes(frame));
}

net::Task<void> reject_data(net::Stream& stream, const Error& error) {
  const std::vector<std::byte> block = error_block(BlockType::abort, 0, error);
  co_await say_last(stream, block);
}

}  // namespace dftp::server
