#include "server/session/arrival.h"

#include "proto/net/connect.h"
#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "server/session/data.h"
#include "server/session/farewell.h"

namespace dftp {
namespace {

using Clock = std::chrono::steady_clock;

// A UNIX socket carries no TLS; on TCP the first byte says what comes.
net::Task<Result<void>> secure(const net::TlsServer& tls, std::unique_ptr<net::Stream>& stream, Clock::time_point by) {
  if (stream->credentials()) co_return Result<void>();
  auto begins = co_await net::begins_tls(*stream, by - Clock::now());
  if (!begins) co_return std::unexpected(begins.error());
  if (!*begins) co_return Result<void>();
  auto secured = co_await tls.secure(std::move(stream), by - Clock::now());
  if (!secured) co_return std::unexpected(secured.error());
  stream = std::move(*secured);
  co_return Result<void>();
}

net::Task<Result<json::Value>> first_frame(Worker& worker, net::Stream& stream, Clock::time_point by) {
  net::Watchdog guard(worker.loop.executor(), [&stream] { stream.close(); });
  guard.begin(net::Direction::read, by);
  co_return co_await net::read_frame(stream, limits::frame_before_login);
}

net::Task<void> control(Worker& worker, std::unique_ptr<net::Stream> stream, json::Value first, Slot unknown,
                        Clock::time_point login_by) {
  Control session(worker.context, worker.loop.executor(), std::move(stream), std::move(unknown), login_by);
  worker.controls.insert(&session);
  if (worker.context.stopping) session.drain();
  co_await session.run(std::move(first));
  worker.controls.erase(&session);
}

}  // namespace

net::Task<void> receive(Worker& worker, const net::TlsServer& tls, std::unique_ptr<net::Stream> stream) {
  Slot unknown = take_slot(worker.context.unknown, limits::unknown_connections);
  if (!unknown) {
    worker.context.observer.note(Refused{stream->peer(), "too many connections that have not logged in"});
    co_return stream->close();
  }
  const auto login_by = Clock::now() + limits::before_login;
  auto secured = co_await secure(tls, stream, login_by);
  // Not worth a word: scanners and dropped connections come by all day.
  if (!secured) co_return;
  const bool trusted = stream->encrypted() || stream->credentials();
  auto frame = co_await first_frame(worker, *stream, login_by);
  if (!frame) {
    // Without TLS it may be anything that speaks, and an answer would be noise to it.
    const bool malformed = frame.error().code == Code::too_large || frame.error().code == Code::protocol;
    if (malformed && trusted) co_await refuse(*stream, frame.error());
    co_return;
  }
  if (frame->find("attach")) {
    co_await attach(worker.context, std::move(stream), *frame, std::move(unknown));
  } else if (trusted) {
    co_await control(worker, std::move(stream), std::move(*frame), std::move(unknown), login_by);
  } else {
    const Error error{Code::denied, {}, {}, "a control connection needs TLS"};
    co_await refuse(*stream, error);
  }
}

}  // namespace dftp
