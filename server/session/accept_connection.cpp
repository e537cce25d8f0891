#include "server/session/accept_connection.h"

#include <algorithm>
#include <random>
#include <variant>

#include "proto/net/connect.h"
#include "proto/net/frame_channel.h"
#include "proto/transfer/attached_stream.h"
#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "server/guard/guard.h"
#include "server/observe/event.h"
#include "server/session/data.h"
#include "server/session/graceful_close.h"

namespace dftp::server {
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

// A control connection begins with a frame, which holds an object, a data connection with an `attach` block.
using First = std::variant<json::Value, AttachRequest>;

// `data`: it begins as a data connection does.
net::Task<Result<First>> read_first(net::Stream& stream, bool& data) {
  std::array<std::byte, frame_header_bytes + 1> begun;
  const MutableBytes length_bytes = MutableBytes(begun).first<frame_header_bytes>();
  if (auto read = co_await net::read_exactly(stream, length_bytes); !read) co_return std::unexpected(read.error());
  FrameHeader header;
  std::ranges::copy(length_bytes, header.begin());
  const auto length = decode_frame_header(header, limits::frame_before_login);
  if (!length) co_return std::unexpected(length.error());
  const MutableBytes type = MutableBytes(begun).last<1>();
  if (auto read = co_await net::read_exactly(stream, type); !read) co_return std::unexpected(read.error());
  data = static_cast<BlockType>(type[0]) == BlockType::attach;
  if (data) co_return co_await read_attach(stream, begun);
  co_return co_await net::read_frame_text(stream, *length, as_text(type));
}

net::Task<Result<First>> first_words(Worker& worker, net::Stream& stream, Clock::time_point by, bool& data) {
  net::Watchdog guard(worker.loop.executor(), [&stream] { stream.close(); });
  guard.begin(net::Direction::read, by);
  co_return co_await read_first(stream, data);
}

bool by_chance(const Guard& guard, std::size_t unknown) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return guard.drops(unknown, std::uniform_real_distribution<double>(0, 1)(random));
}

// A place among those who have not said who they are. Nothing, with the reason, for one that is sent away.
struct Admitted {
  Slot slot;
  const char* refused = nullptr;
};
Admitted admit(ServerContext& context, const std::string& source) {
  Guard& guard = context.guard;
  if (guard.kept_out(source) > net::Duration::zero()) return {nullptr, "kept out for a while: it has guessed too much"};
  Slot slot = take_slot(context.unknown, guard.newcomers);
  const bool exempt = guard.exempt(source);
  if (!slot || (!exempt && by_chance(guard, context.unknown)))
    return {nullptr, "too many connections that have not logged in"};
  const auto account = guard.budgets.account({}, source);
  auto place = exempt ? account->meter(Counted::newcomers) : account->take(Counted::newcomers);
  if (!place) return {nullptr, "too many connections of its address that have not logged in"};
  place->set(1);
  auto descriptor = account->take(Counted::descriptors);
  if (!descriptor) return {nullptr, "too many open files and connections"};
  slot.get_deleter().with = std::make_shared<std::pair<Portion, Portion>>(std::move(*place), std::move(*descriptor));
  return {std::move(slot), nullptr};
}

// What a connection has done that did not come as far as a frame. Dropped connections and the looks of a health check
// are no offence.
void note_offence(Guard& guard, const std::string& source, const Error& error, bool spoke) {
  const bool late = error.code == Code::timed_out || error.code == Code::cancelled;
  if (late) return guard.offended(source, Offence::late_login);
  if (spoke) guard.offended(source, Offence::no_login);
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

net::Task<void> accept_connection(Worker& worker, const net::TlsServer& tls, std::unique_ptr<net::Stream> stream) {
  const std::string source = source_of(stream->peer());
  Guard& guard = worker.context.guard;
  auto [unknown, refused] = admit(worker.context, source);
  if (!unknown) {
    worker.context.observer.note(Refused{stream->peer(), refused});
    co_return stream->close();
  }
  const auto login_by = Clock::now() + limits::before_login;
  auto secured = co_await secure(tls, stream, login_by);
  // Not worth a word: scanners and dropped connections come by all day.
  if (!secured) co_return note_offence(guard, source, secured.error(), false);
  const bool trusted = stream->encrypted() || stream->credentials();
  bool data = false;
  auto first = co_await first_words(worker, *stream, login_by, data);
  if (!first) {
    // Without TLS it may be anything that speaks, and an answer would be noise to it.
    const bool malformed = first.error().code == Code::too_large || first.error().code == Code::protocol;
    if (malformed) guard.offended(source, Offence::broken);
    if (!malformed) note_offence(guard, source, first.error(), trusted);
    if (malformed && trusted && data) co_await reject_data(*stream, first.error());
    if (malformed && trusted && !data) co_await reject(*stream, first.error());
    co_return;
  }
  if (const auto* request = std::get_if<AttachRequest>(&*first)) {
    co_await attach(worker.context, worker.loop.executor(), std::move(stream), *request, std::move(unknown));
  } else if (trusted) {
    co_await control(worker, std::move(stream), std::move(std::get<json::Value>(*first)), std::move(unknown), login_by);
  } else {
    guard.offended(source, Offence::no_login);
    const Error error{Code::denied, {}, {}, "a control connection needs TLS"};
    co_await reject(*stream, error);
  }
}

}  // namespace dftp::server
