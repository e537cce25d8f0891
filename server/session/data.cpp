#include "server/session/data.h"

#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "server/session/data_service.h"
#include "server/session/farewell.h"
#include "server/session/guard.h"

namespace dftp::server {
namespace {

// What a data connection takes of its user's and source's budgets.
struct StreamShare {
  Portion connection, bytes;
};
std::optional<StreamShare> share_for(const Grant& grant) {
  if (!grant.account) return StreamShare();
  auto connection = grant.account->take(Counted::descriptors);
  auto bytes = grant.account->take(Counted::queued_bytes, grant.bytes);
  if (!connection || !bytes) return std::nullopt;
  return StreamShare{std::move(*connection), std::move(*bytes)};
}

// On the service's loop.
net::Task<void> serve(std::weak_ptr<DataService> waiting, std::unique_ptr<net::Stream> stream, bool lead, StreamShare) {
  auto service = waiting.lock();
  if (!service) co_return stream->close();
  co_await service->attach(std::move(stream), lead);
}

Result<Tickets::Claimed> claim(Context& context, const net::Stream& stream, const json::Value& frame) {
  auto attach = from_json<Attach>(frame, "attach");
  if (!attach) return std::unexpected(attach.error());
  const bool secure = stream.encrypted() || stream.credentials();
  return context.tickets.claim(*attach, secure ? Channel::secure : Channel::plain);
}

}  // namespace

net::Task<void> attach(Context& context, std::unique_ptr<net::Stream> stream, const json::Value& frame, Slot unknown) {
  auto claimed = claim(context, *stream, frame);
  if (!claimed) {
    context.guard->offended(source_of(stream->peer()), Offence::broken);
    context.observer.note(Refused{stream->peer(), "attach: " + claimed.error().detail});
    co_return co_await refuse(*stream, claimed.error());
  }
  const Grant& grant = claimed->grant;
  auto share = share_for(grant);
  if (!share) {
    const Error error{
        Code::too_many, {}, {}, "this user, or your address, has as many data connections as it may have"};
    context.observer.note(Refused{stream->peer(), "attach: " + error.detail});
    co_return co_await refuse(*stream, error);
  }
  unknown.reset();
  stream->set_timeout(limits::data_idle);
  const json::Value answer = to_json(claimed->ticket.attached());
  auto answered = co_await net::write_frame(*stream, answer);
  // A lead that is lost here is missed when its ticket's time is up.
  if (!answered || !stream->move_to(grant.home)) co_return stream->close();
  net::spawn(grant.home, serve(grant.service, std::move(stream), grant.lead, std::move(*share)));
}

}  // namespace dftp::server
