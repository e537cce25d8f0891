#include "server/admin/review.h"

#include "proto/net/disk_pool.h"
#include "server/auth/authenticator.h"
#include "server/mount/end_outdated.h"
#include "server/mount/mounts.h"
#include "server/observe/event.h"
#include "server/session/presence.h"
#include "server/session/revocation.h"

namespace dftp::server {
namespace {

void send_away(ControlSession& session) {
  revoke(session, {Code::denied, {}, {}, "the server's operator has ended the session"});
}

}  // namespace

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
