// fetch: a put whose data come from another server.
#include "proto/net/connect.h"
#include "proto/net/tls.h"
#include "proto/transfer/attached_stream.h"
#include "server/commands/begin_put.h"
#include "server/commands/handlers.h"
#include "server/config/current_config.h"
#include "server/session/transfers.h"

namespace dftp::server::commands {
namespace {

using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

// For TCP and for TLS each.
constexpr auto connect_limit = 10s;
// So often a client hears how far it is.
constexpr auto part_time = 250ms;

// They fit a frame with the longest paths, whose bytes may need an escape of six.
constexpr std::size_t errors_a_part = 32;

// Where the data are, and who must be there.
struct Route {
  Endpoint endpoint;
  std::string fingerprint;
};

Result<std::vector<Ticket>> parse_tickets(const std::vector<std::string>& texts) {
  if (texts.empty() || texts.size() > limits::streams_per_transfer)
    return fail(Code::invalid_request, "params.from.tickets", "must be 1 to 16");
  std::vector<Ticket> tickets;
  for (const std::string& text : texts) {
    auto ticket = Ticket::parse(text);
    if (!ticket) return std::unexpected(std::move(ticket.error()));
    tickets.push_back(std::move(*ticket));
  }
  return tickets;
}

// Nothing is sent to whoever answers there before it has shown the fingerprint's certificate.
net::Task<Result<std::unique_ptr<net::Stream>>> open(const Route& route, const Ticket& ticket) {
  const auto client = net::TlsClient::make({.host = route.endpoint.host, .fingerprint = route.fingerprint});
  if (!client) co_return std::unexpected(client.error());
  auto plain = co_await net::connect(route.endpoint, connect_limit);
  if (!plain) co_return plain;
  auto secured = co_await client->secure(std::move(*plain), connect_limit);
  if (!secured) co_return std::unexpected(std::move(secured.error()));
  if (auto sent = co_await send_attach(*secured->stream, ticket); !sent) co_return std::unexpected(sent.error());
  if (auto known = co_await check_attached(*secured->stream, ticket); !known) co_return std::unexpected(known.error());
  secured->stream->set_timeout(limits::data_idle);
  co_return std::move(secured->stream);
}

// The transfer goes on without a connection that cannot be had, but for the lead.
net::Task<void> join(std::shared_ptr<ServerTransfer> transfer, Route route, Ticket ticket, bool lead) {
  auto stream = co_await open(route, ticket);
  if (transfer->engine->over()) co_return;
  if (stream) co_return co_await transfer->attach(std::move(*stream), lead);
  if (lead) transfer->stop(std::move(stream.error()));
}

Result<void> allowed(const ControlSession& session, const FetchFrom& from) {
  const Endpoint endpoint{from.address, from.port, {}};
  if (is_in(endpoint, session.context.config->fetch_from)) return {};
  return fail(Code::denied, endpoint.text(), "this server does not fetch from there (fetch-from in its configuration)");
}

Fetched part_of(ServerTransfer& transfer) {
  Fetched part;
  const Totals& totals = transfer.engine->totals();
  part.files = totals.files;
  part.bytes = totals.transferred + totals.resumed;
  const std::size_t told = std::min(transfer.failures.size(), errors_a_part);
  for (std::size_t i = 0; i < told; ++i) part.errors.push_back(to_wire(transfer.failures[i]));
  transfer.failures.erase(transfer.failures.begin(), transfer.failures.begin() + static_cast<std::ptrdiff_t>(told));
  return part;
}

}  // namespace

net::Task<Result<CopyReply>> fetch(ActiveRequest& call, const Fetch& request) {
  ControlSession& session = call.session;
  if (auto feed = call.take_feed(); !feed) co_return std::unexpected(std::move(feed.error()));
  std::vector<Ticket> tickets;
  if (request.from) {
    if (auto may = allowed(session, *request.from); !may) co_return std::unexpected(std::move(may.error()));
    auto parsed = parse_tickets(request.from->tickets);
    if (!parsed) co_return std::unexpected(std::move(parsed.error()));
    tickets = std::move(*parsed);
  }
  if (!request.put.ticket.empty())
    co_return fail(Code::invalid_request, "params.put.ticket", "no data connection of the client's comes here");
  auto begun = co_await begin_put(session, request.put, "params.put");
  if (!begun) co_return std::unexpected(std::move(begun.error()));
  const std::shared_ptr<ServerTransfer> transfer = begun->transfer;
  Fetched first;
  if (request.from) {
    const Route route{{request.from->address, request.from->port, {}}, request.from->fingerprint};
    for (std::size_t i = 0; i < tickets.size(); ++i)
      net::spawn(session.executor, join(transfer, route, tickets[i], i == 0));
  } else {
    auto issued = issue_tickets(session, transfer, granted_streams(request.put.streams), false, std::nullopt);
    if (!issued) co_return std::unexpected(std::move(issued.error()));
    first.tickets = std::move(*issued);
  }
  auto goes_on = co_await call.push(first);
  auto due = Clock::now() + part_time;
  while (goes_on && !transfer->engine->over()) {
    // What wakes it may be its own part, on its way.
    if (const auto left = due - Clock::now(); left > net::Duration::zero()) {
      co_await call.wait_for(left);
      goes_on = call.running();
      continue;
    }
    const Fetched part = part_of(*transfer);
    goes_on = co_await call.push(part);
    due = Clock::now() + part_time;
  }
  if (!goes_on) transfer->stop(goes_on.error());
  const auto finished = co_await transfer->engine->finished();
  while (goes_on && !transfer->failures.empty()) {
    const Fetched part = part_of(*transfer);
    goes_on = co_await call.push(part);
  }
  if (!finished) co_return std::unexpected(finished.error());
  const Totals& totals = transfer->engine->totals();
  co_return CopyReply{.files = totals.files,
                      .skipped = totals.skipped,
                      .failed = totals.failed,
                      .bytes = totals.transferred,
                      .special = totals.special};
}

}  // namespace dftp::server::commands
