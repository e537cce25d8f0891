#include "server/session/data.h"

#include <optional>

#include "proto/transfer/attached_stream.h"
#include "proto/wire/limits.h"
#include "server/guard/guard.h"
#include "server/observe/event.h"
#include "server/session/data_service.h"
#include "server/session/graceful_close.h"
#include "server/session/tickets.h"

namespace dftp::server {
namespace {

using Clock = std::chrono::steady_clock;

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

// Given up with the coroutine too, which may go with its loop.
class WaitingPlace {
 public:
  WaitingPlace(Tickets& tickets, std::uint64_t number) : tickets_(tickets), number_(number) {}
  ~WaitingPlace() { tickets_.let_go(number_); }
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;

 private:
  Tickets& tickets_;
  const std::uint64_t number_;
};

// Until the request that carries the ticket was seen, or there is no more time. Whether it was granted.
net::Task<bool> until_taken(Tickets& tickets, net::Executor executor, AttachProof proof) {
  struct Answer {
    explicit Answer(net::Executor on) : executor(on), changed(on) {}
    const net::Executor executor;
    net::Signal changed;
    std::optional<bool> taken;
  };
  const auto answer = std::make_shared<Answer>(executor);
  const auto wake = [weak = std::weak_ptr(answer), executor](bool taken) {
    asio::post(executor, [weak, taken] {
      if (const auto there = weak.lock()) {
        there->taken = taken;
        there->changed.notify_all();
      }
    });
  };
  const auto until = Clock::now() + limits::ticket_lifetime;
  const WaitingPlace place(tickets, tickets.wait_for(proof, wake));
  while (!answer->taken && Clock::now() < until) co_await answer->changed.wait_for(until - Clock::now());
  co_return answer->taken.value_or(false);
}

Result<Tickets::Redeemed> redeem(ServerContext& context, const net::Stream& stream, const AttachProof& proof) {
  const bool secure = stream.encrypted() || stream.credentials();
  return context.tickets.redeem(proof, secure ? Transport::secure : Transport::plain);
}

}  // namespace

net::Task<void> attach(ServerContext& context, net::Executor executor, std::unique_ptr<net::Stream> stream,
                       AttachRequest request, Slot unknown) {
  if (request.early) {
    const bool taken = co_await until_taken(context.tickets, executor, request.proof);
    // A request that was refused is no offence, and neither is what came along with it.
    const Error refused{Code::login_failed, {}, {}, "its request was refused, or did not come"};
    if (!taken) co_return co_await reject_data(*stream, refused);
  }
  auto redeemed = redeem(context, *stream, request.proof);
  if (!redeemed) {
    context.guard.offended(source_of(stream->peer()), Offence::broken);
    context.observer.note(Refused{stream->peer(), "attach: " + redeemed.error().detail});
    co_return co_await reject_data(*stream, redeemed.error());
  }
  const Grant& grant = redeemed->grant;
  auto share = share_for(grant);
  if (!share) {
    const Error error{
        Code::too_many, {}, {}, "this user, or your address, has as many data connections as it may have"};
    context.observer.note(Refused{stream->peer(), "attach: " + error.detail});
    co_return co_await reject_data(*stream, error);
  }
  unknown.reset();
  stream->set_timeout(limits::data_idle);
  auto answered = co_await send_attached(*stream, redeemed->ticket);
  // A lead that is lost here is missed when its ticket's time is up.
  if (!answered || !stream->move_to(grant.home)) co_return stream->close();
  net::spawn(grant.home, serve(grant.service, std::move(stream), grant.lead, std::move(*share)));
}

}  // namespace dftp::server
