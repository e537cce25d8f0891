#include "server/session/active_request.h"

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// On the session's loop, where no call ends meanwhile.
net::Task<void> wake_later(std::weak_ptr<ActiveRequest*> call) {
  if (const auto there = call.lock()) (*there)->wake();
  co_return;
}

Error cancelled() {
  return {Code::cancelled, {}, {}, "cancelled by the client"};
}

}  // namespace

ActiveRequest::ActiveRequest(ControlSession& its_session, std::uint64_t its_id) : session(its_session), id(its_id) {
  session.calls.emplace(id, this);
}

ActiveRequest::~ActiveRequest() {
  session.calls.erase(id);
}

void ActiveRequest::cancel() {
  if (std::exchange(cancelled_, true)) return;
  if (end_) end_(cancelled());
  wake();
}

void ActiveRequest::on_cancel(std::function<void(const Error& why)> end) {
  end_ = std::move(end);
  if (cancelled_ && end_) end_(cancelled());
}

Result<void> ActiveRequest::running() const {
  if (session.ending) return std::unexpected(*session.ending);
  if (cancelled_) return std::unexpected(cancelled());
  return {};
}

Result<void> ActiveRequest::take_feed() {
  if (auto goes_on = running(); !goes_on) return goes_on;
  feed_ = take_slot(session.feeds, limits::feeds_per_session);
  if (feed_) return {};
  return fail(Code::too_many, {},
              "too many requests of this kind run in this session; cancel one, or open another session");
}

std::function<void()> ActiveRequest::waker() {
  return [executor = session.executor, call = std::weak_ptr(self_)] { net::spawn(executor, wake_later(call)); };
}

Result<void> ActiveRequest::send(const json::Value& part) {
  const std::string text = json::write(json::Object{{"id", id}, {"part", part}});
  if (text.size() > limits::frame_after_login) return fail(Code::too_large, {}, "a part does not fit a frame");
  session.outbox.push(text);
  return {};
}

net::Task<Result<void>> ActiveRequest::push_when_read(const json::Value& part) {
  while (running() && session.outbox.waiting_bytes() > limits::feed_unread) co_await session.changed.wait();
  if (auto goes_on = running(); !goes_on) co_return goes_on;
  co_return send(part);
}

net::Task<void> ActiveRequest::wait_for(net::Duration limit) {
  if (!woken_ && running()) co_await session.changed.wait_for(limit);
  woken_ = false;
}

}  // namespace dftp::server
