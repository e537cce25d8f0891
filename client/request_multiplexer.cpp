#include "client/request_multiplexer.h"

#include <algorithm>

#include "client/breach.h"
#include "proto/net/frame_channel.h"
#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "proto/wire/request.h"

namespace dftp::client {
namespace {

using namespace std::chrono_literals;

// Pings and bye need no room of their own.
constexpr std::size_t max_requests = limits::requests_in_flight - 2;
constexpr int silent_pings = 3;
constexpr auto finish_limit = 2s;
constexpr auto soon = 2ms;

Result<json::Value> error_of(const std::string& server, const json::Value& error) {
  const auto wire = read_from<WireError>(server, error, "an error");
  return std::unexpected(wire ? from_wire(*wire) : wire.error());
}

std::optional<std::uint64_t> id_of(const json::Value& frame) {
  const json::Value* id = frame.find("id");
  const auto* number = id ? id->as<std::int64_t>() : nullptr;
  return number && *number > 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

}  // namespace

RequestMultiplexer::RequestMultiplexer(net::Executor executor, std::unique_ptr<net::Stream> stream, OnEvent on_event)
    : executor_(executor),
      stream_(std::move(stream)),
      on_event_(std::move(on_event)),
      to_write_(executor),
      replied_(executor),
      written_(executor),
      closing_(executor),
      expiring_(executor) {}

void RequestMultiplexer::start(net::Duration ping_interval) {
  stream_->set_timeout(ping_interval * silent_pings);
  // Each holds the channel.
  net::spawn(executor_, read_frames(shared_from_this()));
  net::spawn(executor_, write_frames(shared_from_this()));
  net::spawn(executor_, send_pings(shared_from_this(), ping_interval));
  net::spawn(executor_, watch_deadlines(shared_from_this()));
}

std::shared_ptr<RequestMultiplexer::Pending> RequestMultiplexer::send(std::string_view command,
                                                                      const json::Value& params, Flush flush,
                                                                      const std::shared_ptr<Running>& running) {
  auto pending = std::make_shared<Pending>(executor_);
  if (ended_) {
    pending->reply = std::unexpected(*ended_);
    return pending;
  }
  const std::uint64_t id = ++last_id_;
  const std::string text = json::write(request_json(id, command, params));
  if (text.size() > limits::frame_after_login) {
    pending->reply = fail(Code::too_large, std::string(command), "the request is larger than a frame");
    return pending;
  }
  pending->id = id;
  pending->running = running;
  if (running) running->sent(shared_from_this(), id);
  pending_.emplace(id, pending);
  outgoing_ += encode_frame(text);
  if (flush == Flush::now) {
    to_write_.notify_all();
  } else if (!std::exchange(writes_soon_, true)) {
    net::spawn(executor_, write_soon(shared_from_this()));
  }
  return pending;
}

void RequestMultiplexer::cancel(std::uint64_t id) {
  if (pending_.contains(id)) send(Cancel::command, to_json(Cancel{id}));
}

net::Task<Result<json::Value>> RequestMultiplexer::reply_to(std::shared_ptr<Pending> pending, net::Duration limit) {
  if (limit != no_limit) pending->deadline = Clock::now() + limit;
  if (pending->deadline < next_expiry_) {
    next_expiry_ = pending->deadline;
    expiring_.notify_all();
  }
  while (!pending->reply && Clock::now() < pending->deadline) co_await pending->arrived.wait();
  if (pending->reply) co_return std::move(*pending->reply);
  co_return fail(Code::timed_out, stream_->peer(),
                 "the server did not answer in time; it may be overloaded, or its disk hangs");
}

net::Task<void> RequestMultiplexer::room() {
  while (!ended_ && pending_.size() >= max_requests) co_await replied_.wait();
}

void RequestMultiplexer::end(Error why) {
  if (ended_) return;
  ended_ = std::move(why);
  stream_->close();
  for (auto& [id, pending] : pending_) {
    pending->reply = std::unexpected(*ended_);
    pending->arrived.notify_all();
  }
  pending_.clear();
  to_write_.notify_all();
  replied_.notify_all();
  written_.notify_all();
  closing_.notify_all();
  expiring_.notify_all();
}

net::Task<void> RequestMultiplexer::finish() {
  const auto self = shared_from_this();
  const auto begun = std::chrono::steady_clock::now();
  while (!ended_ && unwritten()) {
    const auto left = finish_limit - (std::chrono::steady_clock::now() - begun);
    if (left <= net::Duration::zero()) break;
    co_await written_.wait_for(left);
  }
  if (!ended_ && !unwritten()) co_await stream_->finish();
  end({Code::cancelled, {}, stream_->peer(), "the connection is closed"});
}

net::Task<void> RequestMultiplexer::until_ended(std::shared_ptr<RequestMultiplexer> self) {
  while (!self->ended_) co_await self->closing_.wait();
}

net::Task<void> RequestMultiplexer::read_frames(std::shared_ptr<RequestMultiplexer> self) {
  while (!self->ended_) {
    auto frame = co_await net::read_frame(*self->stream_, limits::frame_after_login);
    Result<void> taken =
        frame ? self->take(*frame) : std::unexpected(blamed(self->stream_->peer(), "a frame", frame.error()));
    if (!taken) self->end(std::move(taken.error()));
    if (!self->stream_->has_buffered()) co_await net::yield();
  }
}

net::Task<void> RequestMultiplexer::write_frames(std::shared_ptr<RequestMultiplexer> self) {
  while (!self->ended_) {
    if (self->outgoing_.empty()) {
      co_await self->to_write_.wait();
      continue;
    }
    const std::string text = std::exchange(self->outgoing_, {});
    const Bytes bytes = as_bytes(text);
    self->writing_ = true;
    auto written = co_await self->stream_->write(bytes);
    self->writing_ = false;
    self->written_.notify_all();
    if (!written) self->end(std::move(written.error()));
  }
}

net::Task<void> RequestMultiplexer::write_soon(std::shared_ptr<RequestMultiplexer> self) {
  co_await net::sleep_for(soon);
  self->writes_soon_ = false;
  self->to_write_.notify_all();
}

// One for all requests: nearly every one is answered long before.
net::Task<void> RequestMultiplexer::watch_deadlines(std::shared_ptr<RequestMultiplexer> self) {
  while (!self->ended_) {
    const auto now = Clock::now();
    if (self->next_expiry_ <= now) {
      self->expire(now);
    } else if (self->next_expiry_ == Clock::time_point::max()) {
      co_await self->expiring_.wait();
    } else {
      co_await self->expiring_.wait_for(self->next_expiry_ - now);
    }
  }
}

// Their replies may still come, to nobody.
void RequestMultiplexer::expire(Clock::time_point now) {
  next_expiry_ = Clock::time_point::max();
  for (const auto& [id, pending] : pending_) {
    if (pending->deadline <= now) {
      pending->arrived.notify_all();
    } else {
      next_expiry_ = std::min(next_expiry_, pending->deadline);
    }
  }
}

net::Task<void> RequestMultiplexer::send_pings(std::shared_ptr<RequestMultiplexer> self, net::Duration interval) {
  while (!self->ended_) {
    // g++ 12 makes wrong code of a co_await inside a || of an if.
    const bool closing = co_await self->closing_.wait_for(interval);
    if (!closing && !self->ended_) self->send(Ping::command, to_json(Ping{}));
  }
}

Result<void> RequestMultiplexer::take(const json::Value& frame) {
  if (frame.find("event")) {
    if (on_event_) on_event_(frame);
    return {};
  }
  if (const auto id = id_of(frame)) return take_answer(frame, *id);
  // What a server says to a connection that it closes.
  if (const json::Value* error = frame.find("error")) return std::unexpected(error_of(stream_->peer(), *error).error());
  return fail(Code::protocol, stream_->peer(), "the server sent neither an answer nor an event");
}

Result<void> RequestMultiplexer::take_answer(const json::Value& frame, std::uint64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return fail(Code::protocol, stream_->peer(), "the server answered what nobody asked");
  if (const json::Value* part = frame.find("part")) {
    const auto pending = found->second;
    pending->deadline = Clock::time_point::max();
    if (pending->running) pending->running->take(*part);
    return {};
  }
  const json::Value* result = frame.find("result");
  const json::Value* error = frame.find("error");
  if (!result && !error)
    return fail(Code::protocol, stream_->peer(), "the server's reply has neither result nor error nor part");
  const auto pending = std::move(found->second);
  pending_.erase(found);
  pending->reply = error ? error_of(stream_->peer(), *error) : Result<json::Value>(*result);
  pending->arrived.notify_all();
  replied_.notify_all();
  return {};
}

}  // namespace dftp::client
