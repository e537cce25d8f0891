#include "server/session/presence.h"

#include <vector>

#include "proto/wire/extensions.h"
#include "server/session/control_session.h"

namespace dftp::server {
namespace {

// On the session's loop, where its seat cannot go meanwhile.
net::Task<void> deliver(std::weak_ptr<Presence::Seat> seat, std::shared_ptr<const std::string> event) {
  if (const auto there = seat.lock()) there->tell(*event);
  co_return;
}
net::Task<void> act_on(std::weak_ptr<Presence::Seat> seat, void (*act)(ControlSession& session)) {
  if (const auto there = seat.lock()) act(there->session());
  co_return;
}

}  // namespace

void Presence::Seat::tell(std::string_view event) {
  if (session_.outbox.waiting_bytes() < limits::unread_messages) session_.outbox.push(event);
}

std::shared_ptr<Presence::Seat> Presence::enter(SessionInfo info, ControlSession& session) {
  const std::uint64_t number = info.number;
  auto seat = std::make_shared<Seat>(*this, number, session);
  const std::lock_guard lock(mutex_);
  const bool hears = has_extension(session.hello->extensions, extensions::conversation);
  present_.emplace(number, Present{std::move(info), session.executor, seat, hears});
  return seat;
}

void Presence::leave(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  present_.erase(number);
}

WhoReply Presence::page(std::uint64_t after, bool peers) const {
  WhoReply reply;
  const std::lock_guard lock(mutex_);
  auto next = present_.upper_bound(after);
  for (; next != present_.end() && reply.sessions.size() < limits::who_page; ++next) {
    SessionInfo& info = reply.sessions.emplace_back(next->second.info);
    if (!peers) info.peer.clear();
  }
  reply.more = next != present_.end();
  return reply;
}

std::uint64_t Presence::say(const Message& message, std::string_view user, std::uint64_t speaker) const {
  const auto event = std::make_shared<const std::string>(json::write(event_json(message)));
  const auto listeners = seats([&](const Present& one) {
    return one.hears && (user.empty() || one.info.user == user) && one.info.number != speaker;
  });
  for (const auto& [home, seat] : listeners) net::spawn(home, deliver(seat, event));
  return listeners.size();
}

std::uint64_t Presence::for_each(const std::function<bool(const SessionInfo&)>& meant,
                                 void (*act)(ControlSession& session)) const {
  const auto found = seats([&](const Present& one) { return meant(one.info); });
  for (const auto& [home, seat] : found) net::spawn(home, act_on(seat, act));
  return found.size();
}

std::vector<Presence::Place> Presence::seats(const std::function<bool(const Present&)>& meant) const {
  std::vector<Place> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, present] : present_) {
    if (meant(present)) found.push_back({present.home, present.seat});
  }
  return found;
}

Result<std::string> message_text(const std::string& text) {
  if (text.empty()) return fail(Code::invalid_request, "params.text", "must be something");
  if (text.size() > limits::message_bytes) {
    return fail(Code::too_large, "params.text",
                "a message has at most " + std::to_string(limits::message_bytes) + " bytes");
  }
  return printable(text);
}

}  // namespace dftp::server
