#include "server/session/revocation.h"

namespace dftp::server {
namespace {

void send_away(ControlSession& session) {
  revoke(session, {Code::denied, {}, {}, "the server's operator has ended the session"});
}

}  // namespace

void revoke(ControlSession& session, Error why) {
  session.revoked = true;
  session.left = false;
  session.end(std::move(why));
}

void review(ControlSession& session) {
  const Authenticator& authenticator = session.context.authenticator;
  const std::uint64_t now = authenticator.generation();
  if (!session.user || session.reviewed == now) return;
  session.reviewed = now;
  if (authenticator.holds(session.user->record.get())) return;
  // A client that may still come in does so by itself, as what its user is now.
  revoke(session, {Code::disconnected, {}, session.user->user, "the user was removed or changed; log in again"});
}

void end_outdated(ServerContext& context) {
  context.mounts.end_if([&](const MountTerms& terms) { return !context.authenticator.holds(terms.record.get()); });
}

net::Task<void> review_all(ServerContext& context) {
  const auto look = [&] { return context.authenticator.check(); };
  auto usable = co_await context.disk.run(look);
  // Once for each time that it becomes so, as this comes by every second.
  if (!usable && !context.reviewed.unusable) context.observer.note(Trouble{usable.error()});
  context.reviewed.unusable = !usable;
  const std::uint64_t now = context.authenticator.generation();
  if (now == std::exchange(context.reviewed.generation, now)) co_return;
  context.presence.for_each([](const SessionInfo&) { return true; }, review);
  const auto end = [&] { return end_outdated(context), true; };
  co_await context.disk.run(end);
}

net::Task<KickReply> kick_user(ServerContext& context, std::string user) {
  KickReply kicked;
  const auto end = [&] { return context.mounts.end_if([&](const MountTerms& terms) { return terms.user == user; }); };
  // A session that goes ends its mount itself, uncounted; and one may have made another meanwhile.
  kicked.mounts = co_await context.disk.run(end);
  kicked.sessions = context.presence.for_each([&](const SessionInfo& info) { return info.user == user; }, send_away);
  kicked.mounts += co_await context.disk.run(end);
  co_return kicked;
}

bool kick_session(ServerContext& context, std::uint64_t number) {
  return context.presence.for_each([&](const SessionInfo& info) { return info.number == number; }, send_away) > 0;
}

}  // namespace dftp::server
