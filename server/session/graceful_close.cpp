#include "server/session/graceful_close.h"

#include "proto/net/frame_channel.h"
#include "proto/net/watchdog.h"
#include "proto/wire/message.h"

namespace dftp::server {
namespace {

constexpr auto patience = std::chrono::seconds(1);

}  // namespace

net::Task<void> drain_stream(net::Stream& stream) {
  std::array<std::byte, 4096> unread;
  for (;;) {
    auto read = co_await stream.read_some(unread);
    if (!read) co_return;
  }
}

net::Task<void> reject(net::Stream& stream, const Error& error) {
  stream.set_timeout(patience);
  stream.set_read_deadline(net::deadline_after(2 * patience));
  const json::Value frame = json::Object{{"error", to_json(to_wire(error))}};
  auto written = co_await net::write_frame(stream, frame);
  if (written) {
    co_await stream.finish();
    co_await drain_stream(stream);
  }
  stream.close();
}

}  // namespace dftp::server
