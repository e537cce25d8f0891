#include "server/session/data.h"

#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "server/session/data_service.h"
#include "server/session/farewell.h"

namespace dftp {
namespace {

// On the service's loop.
net::Task<void> serve(std::weak_ptr<DataService> waiting, std::unique_ptr<net::Stream> stream, bool lead) {
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
    context.observer.note(Refused{stream->peer(), "attach: " + claimed.error().detail});
    co_return co_await refuse(*stream, claimed.error());
  }
  unknown.reset();
  stream->set_timeout(limits::data_idle);
  const json::Value answer = to_json(claimed->ticket.attached());
  auto answered = co_await net::write_frame(*stream, answer);
  const Grant& grant = claimed->grant;
  // A lead that is lost here is missed when its ticket's time is up.
  if (!answered || !stream->move_to(grant.home)) co_return stream->close();
  net::spawn(grant.home, serve(grant.service, std::move(stream), grant.lead));
}

}  // namespace dftp
