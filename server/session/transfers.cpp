#include "server/session/transfers.h"

#include "proto/wire/limits.h"
#include "server/guard/guard.h"
#include "server/observe/event.h"
#include "server/session/rate_limits.h"
#include "server/session/tickets.h"
#include "server/session/uploads.h"

namespace dftp::server {
namespace {

using Clock = std::chrono::steady_clock;

// Two or three blocks each way, and TLS.
constexpr std::size_t stream_bytes = 4 << 20;

// What a transfer keeps of its request: its paths, some times.
std::size_t bytes_of(const std::vector<RemotePath>& paths) {
  std::size_t bytes = 0;
  for (const RemotePath& path : paths) bytes += 4 * (path.absolute().size() + sizeof(RemotePath));
  return bytes;
}

void report(ControlSession& session, const ServerTransfer& transfer, const Result<void>& result) {
  const Totals& totals = transfer.engine->totals();
  session.context.observer.note(
      TransferDone{.session = session.number,
                   .transfer = transfer.number,
                   .direction = transfer.direction == TransferDirection::get ? "get" : "put",
                   .path = transfer.paths.front().absolute(),
                   .paths = transfer.paths.size(),
                   .totals = totals,
                   .duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - transfer.begun),
                   .error = result ? transfer.first_failure : result.error(),
                   .peer = session.stream.peer(),
                   .user = session.user->user});
}

net::Task<void> watch(ControlSession& session, std::shared_ptr<ServerTransfer> transfer) {
  const auto result = co_await transfer->engine->finished();
  transfer->settled_all = result.has_value();
  for (const Ticket& ticket : transfer->tickets) session.context.tickets.forget(ticket);
  session.context.trim_due = true;
  report(session, *transfer, result);
  transfer->changed.notify_all();
  session.transfers.erase(transfer->number);
  session.changed.notify_all();
}

net::Task<void> await_lead(std::shared_ptr<ServerTransfer> transfer) {
  const auto end = Clock::now() + limits::ticket_lifetime;
  while (!transfer->attached && !transfer->engine->over()) {
    if (co_await transfer->changed.wait_for(end - Clock::now())) continue;
    transfer->stop({Code::timed_out, {}, {}, "its data connection did not come in time"});
  }
}

}  // namespace

Result<std::shared_ptr<ServerTransfer>> begin_transfer(ControlSession& session, TransferDirection direction,
                                                       std::vector<RemotePath> paths, std::size_t open_files,
                                                       const MakeEngine& make) {
  if (session.context.stopping) return fail(Code::shutting_down, {}, "the server is stopping");
  if (session.ending) return std::unexpected(*session.ending);
  if (session.transfers.size() >= limits::transfers_per_session)
    return fail(Code::too_many, {}, "too many transfers run in this session; wait for one to end");
  auto files = session.account->take(Counted::descriptors, open_files);
  if (!files) return fail(Code::too_many, {}, "this user, or this address, has as many files open as it may have");
  auto request = session.account->take(Counted::queued_bytes, bytes_of(paths));
  if (!request) return fail(Code::too_many, {}, "this user, or this address, has asked for as much as it may");
  const std::uint64_t number = ++session.transfers_begun;
  auto transfer =
      std::make_shared<ServerTransfer>(number, direction, std::move(paths), session.executor, session.rate_limits);
  transfer->files = std::move(*files);
  transfer->request = std::move(*request);
  transfer->engine = make(*transfer);
  session.transfers.emplace(number, transfer);
  net::spawn(session.executor, watch(session, transfer));
  return transfer;
}

net::Task<void> supersede(ControlSession& session, std::shared_ptr<ServerTransfer> transfer) {
  const Uploader uploader{session.user->user, session.hello->instance};
  co_await session.context.uploads.take_over(uploader, transfer->paths, transfer, session.executor);
}

Result<ChosenTicket> ChosenTicket::parse(ControlSession& session, const std::string& text) {
  if (text.empty()) return ChosenTicket(session, std::nullopt);
  auto ticket = Ticket::parse(text);
  if (!ticket) return fail(Code::invalid_request, "params.ticket", std::move(ticket.error().detail));
  return ChosenTicket(session, std::move(*ticket));
}

ChosenTicket::~ChosenTicket() {
  if (ticket_) session_.context.tickets.refuse(*ticket_);
}

Result<std::vector<std::string>> issue_tickets(ControlSession& session, const std::shared_ptr<ServerTransfer>& transfer,
                                               std::size_t streams, bool plain, const std::optional<Ticket>& chosen) {
  Tickets& tickets = session.context.tickets;
  const auto grant = [&](bool lead) {
    return Grant{transfer, session.executor, lead, plain, session.account, stream_bytes};
  };
  if (chosen) {
    if (auto taken = tickets.take(*chosen, grant(true)); !taken) {
      transfer->stop(taken.error());
      return std::unexpected(std::move(taken.error()));
    }
    transfer->tickets.push_back(*chosen);
  }
  while (transfer->tickets.size() < streams)
    transfer->tickets.push_back(tickets.issue(grant(transfer->tickets.empty())));
  std::vector<std::string> texts;
  for (const Ticket& ticket : transfer->tickets) texts.push_back(ticket.text());
  net::spawn(session.executor, await_lead(transfer));
  return texts;
}

void stop_transfers(ControlSession& session, const Error& why) {
  for (const auto& [number, transfer] : session.transfers) transfer->stop(why);
}

}  // namespace dftp::server
