#include "server/session/presence.h"

#include <vector>

namespace dftp {
namespace {

// On the session's loop, where its seat cannot go meanwhile.
net::Task<void> deliver(std::weak_ptr<Presence::Seat> seat, std::shared_ptr<const std::string> event) {
  if (const auto there = seat.lock()) there->tell(*event);
  co_return;
}

}  // namespace

void Presence::Seat::tell(std::string_view event) {
  if (outbox_.waiting_bytes() < limits::unread_messages) outbox_.push(event);
}

std::shared_ptr<Presence::Seat> Presence::enter(SessionInfo info, net::Executor home, Outbox& outbox) {
  const std::uint64_t number = info.number;
  auto seat = std::make_shared<Seat>(*this, number, outbox);
  const std::lock_guard lock(mutex_);
  present_.emplace(number, Present{std::move(info), std::move(home), seat});
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
  std::vector<std::pair<net::Executor, std::weak_ptr<Seat>>> listeners;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, present] : present_) {
      const bool meant = user.empty() || present.info.user == user;
      if (meant && number != speaker) listeners.emplace_back(present.home, present.seat);
    }
  }
  for (const auto& [home, seat] : listeners) net::spawn(home, deliver(seat, event));
  return listeners.size();
}

Result<std::string> message_text(const std::string& text) {
  if (text.empty()) return fail(Code::invalid_request, "say.text", "must be something");
  if (text.size() > limits::message_bytes) {
    return fail(Code::too_large, "say.text",
                "a message has at most " + std::to_string(limits::message_bytes) + " bytes");
  }
  return printable(text);
}

}  // namespace dftp
