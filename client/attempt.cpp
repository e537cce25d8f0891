#include "client/attempt.h"

#include <algorithm>

#include "client/connection_scaler.h"
#include "client/stream_counts.h"
#include "proto/transfer/attached_stream.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

// A ticket may be too old when its connection is up.
constexpr auto ticket_margin = 10s;

}  // namespace

Attempt::Attempt(ServerHandle& session, std::shared_ptr<Tally> tally, TransferPlan plan)
    : session_(session), tally_(std::move(tally)), plan_(std::move(plan)), changed_(session.executor()) {}

net::Task<Result<void>> Attempt::run() {
  const Self self = shared_from_this();
  net::spawn(session_.executor(), work(self));
  while (!result_) co_await changed_.wait();
  co_return *result_;
}

void Attempt::stop(Error why) {
  if (plan_.pipe) plan_.pipe->interrupt();
  if (engine_) return engine_->stop(std::move(why));
  end(std::unexpected(std::move(why)));
}

void Attempt::widen() {
  wide_ = true;
  changed_.notify_all();
}

void Attempt::end(Result<void> result) {
  if (result_) return;
  result_ = std::move(result);
  changed_.notify_all();
}

net::Task<void> Attempt::work(Self self) {
  const auto connection = co_await self->session_.connection();
  if (self->result_) co_return;
  if (!connection) co_return self->end(std::unexpected(connection.error()));
  self->connection_ = *connection;
  const auto executor = co_await asio::this_coro::executor;
  net::spawn(executor, connect_lead(self));
  const auto reply = co_await self->ask();
  if (!reply) co_return self->end(std::unexpected(reply.error()));
  Result<void> granted = self->result_ ? *self->result_ : self->grant(*reply);
  if (!granted) {
    self->running_->cancel();
    co_return self->end(std::move(granted));
  }
  net::spawn(executor, connect_more(self));
  auto finished = co_await self->engine_->finished();
  const Stalls here = self->engine_->stalls();
  const auto& there = self->engine_->peer_stalls();
  if (std::holds_alternative<Get>(self->plan_.request)) {
    self->tally_->add_stalls(there, here);
  } else {
    self->tally_->add_stalls(here, there);
  }
  if (!finished && self->serving_ == 0) self->running_->cancel();
  self->end(std::move(finished));
  // The engine's last words go to the tally, which this task holds.
  while (self->serving_ > 0) co_await self->changed_.wait();
}

net::Task<Result<TransferBegun>> Attempt::ask() {
  if (!plan_.look_at) co_return co_await ask_for_transfer();
  auto [source, reply] = co_await net::both(look_at_source(), ask_for_transfer());
  // Once there is a result, whoever made the plan may be gone.
  if (result_ || (!reply && !source)) co_return reply;
  const Result<void> accepted = source ? plan_.accept(*source) : std::unexpected(source.error());
  if (accepted) co_return reply;
  running_->cancel();
  co_return std::unexpected(accepted.error());
}

net::Task<Result<StatReply>> Attempt::look_at_source() {
  const Stat request{*plan_.look_at};
  co_return co_await connection_->call(request);
}

net::Task<Result<TransferBegun>> Attempt::ask_for_transfer() {
  const std::uint32_t streams = plan_.streams ? plan_.streams : streams_for(connection_->round_trip()).max;
  const auto fill_in = [&](auto& request) {
    request.streams = streams;
    request.plain = plan_.plain;
    request.ticket = own_ticket_.text();
  };
  std::visit(fill_in, plan_.request);
  const auto sent = [weak = weak_from_this()] {
    if (const Self attempt = weak.lock()) {
      attempt->asked_ = true;
      attempt->changed_.notify_all();
    }
  };
  if (const Get* get = std::get_if<Get>(&plan_.request)) co_return co_await connection_->begin(*get, running_, sent);
  const Put& put = std::get<Put>(plan_.request);
  co_return co_await connection_->begin(put, running_, sent);
}

Result<void> Attempt::grant(const TransferBegun& reply) {
  std::vector<Ticket> tickets;
  for (const std::string& text : reply.tickets) {
    auto ticket = Ticket::parse(text);
    if (!ticket) return std::unexpected(std::move(ticket.error()));
    tickets.push_back(std::move(*ticket));
  }
  if (tickets.empty() || tickets.size() > limits::streams_per_transfer) {
    return fail(Code::protocol, session_.options().endpoint.text(), "the server granted no usable number of tickets");
  }
  if (tickets.front().text() != own_ticket_.text()) {
    return fail(Code::protocol, session_.options().endpoint.text(),
                "the server granted another ticket than it was given");
  }
  auto engine = plan_.engine(reply);
  if (!engine) return std::unexpected(std::move(engine.error()));
  engine_ = std::move(*engine);
  tickets_ = std::move(tickets);
  granted_at_ = std::chrono::steady_clock::now();
  changed_.notify_all();
  return {};
}

// It is opened, and attached, while the request is answered.
net::Task<void> Attempt::connect_lead(Self self) {
  const auto connection = self->connection_;
  auto stream = co_await connection->open_data(self->plan_.plain);
  while (!self->asked_ && !self->result_) co_await self->changed_.wait();
  if (self->result_) co_return;
  Result<void> attached = stream ? Result<void>() : std::unexpected(stream.error());
  if (attached) attached = co_await send_early_attach(**stream, self->own_ticket_);
  while (!self->engine_ && !self->result_) co_await self->changed_.wait();
  if (!self->engine_) co_return;
  if (!attached) co_return self->engine_->stop(std::move(attached.error()));
  // A pipe may keep the engine busy for ever.
  const auto release_pipe = [weak = std::weak_ptr(self)] {
    const Self attempt = weak.lock();
    if (attempt && !attempt->result_ && attempt->plan_.pipe) attempt->plan_.pipe->interrupt();
  };
  std::unique_ptr<net::Stream> lead =
      std::make_unique<AttachedStream>(std::move(*stream), self->own_ticket_, release_pipe);
  co_await self->serve(lead, true);
}

net::Task<void> Attempt::connect_more(Self self) {
  const auto executor = co_await asio::this_coro::executor;
  const std::size_t max = self->tickets_.size();
  std::size_t connections = 1;
  const auto come_to = [&](std::size_t wanted) {
    const auto& tell = self->session_.options().on_step;
    if (tell && std::min(wanted, max) > connections) tell(std::to_string(std::min(wanted, max)) + " data connections");
    for (; connections < std::min(wanted, max); ++connections) {
      net::spawn(executor, connect_one_more(self, self->tickets_[connections]));
    }
  };
  come_to(1 + self->connection_->early_data());
  while (!self->wide_ && !self->engine_->over()) co_await self->changed_.wait();
  if (self->engine_->over()) co_return;
  come_to(self->plan_.streams ? max : streams_for(self->connection_->round_trip()).streams);
  ConnectionScaler scaler(connections, max);
  while (connections < max && !self->engine_->over() && !self->tickets_are_old()) {
    co_await self->changed_.wait_for(ConnectionScaler::interval);
    if (!self->engine_->over())
      come_to(scaler.step(self->engine_->totals().transferred, self->engine_->lost_segments()));
  }
}

// The transfer goes on without it if it cannot be had.
net::Task<void> Attempt::connect_one_more(Self self, Ticket ticket) {
  auto stream = co_await self->connection_->open_data(self->plan_.plain);
  if (!stream || self->engine_->over()) co_return;
  if (self->tickets_are_old()) co_return;
  if (auto sent = co_await send_attach(**stream, ticket); !sent) co_return;
  if (auto attached = co_await check_attached(**stream, ticket); !attached) co_return;
  co_await self->serve(*stream, false);
}

bool Attempt::tickets_are_old() const {
  return std::chrono::steady_clock::now() - granted_at_ > limits::ticket_lifetime - ticket_margin;
}

net::Task<void> Attempt::serve(std::unique_ptr<net::Stream>& stream, bool lead) {
  ++serving_;
  co_await engine_->serve(std::move(stream), lead);
  --serving_;
  changed_.notify_all();
}

}  // namespace dftp::client
