#include "client/mount/mount_session.h"

#include <algorithm>
#include <random>

#include "client/backoff.h"
#include "client/stream_counts.h"
#include "proto/net/buffered_stream.h"
#include "proto/transfer/attached_stream.h"
#include "proto/transfer/ticket.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int silent_pings = 3;  // as RequestMultiplexer has it
constexpr std::string_view stale_name = "ESTALE";
// A server that refuses a login takes each attempt for a guess, and counts them.
constexpr auto max_login_pause = 2min;

bool refuses_login(const Error& error) {
  return error.code == Code::login_failed || error.code == Code::cancelled || error.code == Code::denied;
}

// Silence is noticed in half of the time that operations may take.
net::Duration ping_interval(net::Duration timeout) {
  return std::clamp<net::Duration>(timeout / (2 * silent_pings), 500ms, 5s);
}

ConnectOptions connect_options(const MountPlan& plan, RequestMultiplexer::OnEvent on_event) {
  ConnectOptions options = plan.connect;
  options.ping_interval = ping_interval(plan.timeout);
  options.connect_limit = std::min(options.connect_limit, plan.timeout);
  options.on_event = std::move(on_event);
  return options;
}

std::uint32_t stream_count(const MountPlan& plan, net::Duration round_trip) {
  return plan.streams ? plan.streams : streams_for(round_trip).streams;
}

}  // namespace

bool is_stale(const Error& error) {
  return error.errno_name == stale_name;
}

Error MountSession::stale() {
  return {Code::io, std::string(stale_name), {}, "the server has lost the mount"};
}

// What nobody waits for leaves the connection to others.
constexpr std::size_t max_unhurried = 32;

bool MountSession::Sequence::has_room(WaitLimit wait_limit) const {
  if (wait_limit == WaitLimit::lifelong && unhurried >= max_unhurried) return false;
  return outstanding.empty() || last + 1 - *outstanding.begin() < limits::mount_kept_replies;
}
void MountSession::Sequence::wake() {
  if (!queue.empty()) queue.front()->notify_all();
  if (!unhurried_queue.empty()) unhurried_queue.front()->notify_all();
}
void MountSession::Sequence::wake_all() {
  fewer.notify_all();
  for (const Queue* waiting : {&queue, &unhurried_queue}) {
    for (const auto& one : *waiting) one->notify_all();
  }
}

MountSession::Outstanding::Outstanding(State& state, std::uint64_t epoch, WaitLimit wait_limit)
    : sequence(epoch == state.epoch ? state.sequence : std::make_shared<Sequence>(state.executor)),
      seq(++sequence->last),
      unhurried(wait_limit == WaitLimit::lifelong) {
  if (unhurried) ++sequence->unhurried;
  sequence->outstanding.insert(seq);
}
MountSession::Outstanding::~Outstanding() {
  sequence->outstanding.erase(seq);
  if (unhurried) --sequence->unhurried;
  sequence->fewer.notify_all();
  sequence->wake();
}
std::uint64_t MountSession::Outstanding::acked() const {
  return *sequence->outstanding.begin() - 1;
}
net::Task<bool> MountSession::Outstanding::may_repeat(const Error& error) const {
  if (error.code != Code::too_many || error.where != "seq" || acked() + 1 == seq) co_return false;
  co_await sequence->fewer.wait();
  co_return true;
}

MountSession::State::State(net::Executor on, net::DiskPool& pool, MountPlan mount_plan, MountObserver& mount_observer)
    : executor(on),
      plan(std::move(mount_plan)),
      observer(&mount_observer),
      session(on, pool, plan.connect),
      data(std::make_shared<DataPool>(on, plan.timeout)),
      changed(on),
      wanted(on) {}

MountSession::MountSession(net::Executor executor, net::DiskPool& pool, MountPlan plan, MountObserver& observer)
    : state_([&] {
        // The events of its connections go to the state, which is made with the options that say so.
        const auto weak = std::make_shared<std::weak_ptr<State>>();
        plan.connect = connect_options(plan, [weak](const json::Value& event) { take_event(*weak, event); });
        auto state = std::make_shared<State>(executor, pool, std::move(plan), observer);
        *weak = state;
        return state;
      }()) {}

MountSession::~MountSession() {
  state_->closed = true;
  state_->observer = nullptr;
  state_->data->fail_all({Code::cancelled, {}, {}, "the mount has ended"});
  if (state_->connection) state_->connection->close();
  state_->sequence->wake_all();
  state_->changed.notify_all();
  state_->wanted.notify_all();
}

net::Task<Result<fs::MountReply>> MountSession::open() {
  const auto state = state_;
  const auto connected = co_await connect(state);
  if (!connected) co_return std::unexpected(connected.error());
  net::spawn(state->executor, keep(state));
  co_return state->granted;
}

net::Task<void> MountSession::finish() {
  const auto state = state_;
  state->closed = true;
  const auto connection = state->connection;
  if (connection) {
    const fs::Unmount unmount;
    (void)co_await connection->call(unmount, 2s);
  }
  state->data->disconnect(Clock::now());
  state->changed.notify_all();
  state->wanted.notify_all();
  state->sequence->wake_all();
  co_await state->session.finish();
}

net::Duration MountSession::left(const State& state, Clock::time_point begun) {
  if (state.plan.timeout == no_limit) return no_limit;
  // A connection that has just been made is asked once at least.
  return std::max(begun + state.plan.timeout - Clock::now(), state.plan.connect.ping_interval);
}

net::Task<Result<void>> MountSession::room_for_one(StatePointer state, std::uint64_t epoch, Clock::time_point begun,
                                                   WaitLimit wait_limit) {
  const auto sequence = state->sequence;
  auto& queue = wait_limit == WaitLimit::lifelong ? sequence->unhurried_queue : sequence->queue;
  if (epoch == state->epoch && queue.empty() && sequence->has_room(wait_limit)) co_return Result<void>();
  const auto own = std::make_shared<net::Signal>(state->executor);
  queue.push_back(own);
  Result<void> result;
  while (epoch == state->epoch && !(queue.front() == own && sequence->has_room(wait_limit))) {
    if (state->closed) {
      result = fail(Code::cancelled, {}, "the mount has ended");
      break;
    }
    if (wait_limit == WaitLimit::lifelong || state->plan.timeout == no_limit) {
      co_await own->wait();
      continue;
    }
    const auto remaining = begun + state->plan.timeout - Clock::now();
    if (remaining <= net::Duration::zero()) {
      result = fail(Code::timed_out, {}, "the server is too busy");
      break;
    }
    co_await own->wait_for(remaining);
  }
  std::erase(queue, own);
  // Looks by itself whether there is room for it, too.
  if (!queue.empty()) queue.front()->notify_all();
  if (epoch != state->epoch) co_return std::unexpected(stale());
  co_return result;
}

net::Task<Result<std::shared_ptr<Connection>>> MountSession::ready(StatePointer state, Clock::time_point begun,
                                                                   WaitLimit wait_limit) {
  while (!state->connection || !state->connection->open()) {
    if (state->closed) co_return fail(Code::cancelled, {}, "the mount has ended");
    state->wanted.notify_all();
    // One that has ended is put away by keep(), which gets its turn now.
    if (state->connection || wait_limit == WaitLimit::lifelong || state->plan.timeout == no_limit) {
      co_await state->changed.wait();
      continue;
    }
    // Who comes late need not wait as long as those before.
    const auto since = std::min(begun, state->down_since);
    const auto left = since + state->plan.timeout - Clock::now();
    if (left <= net::Duration::zero()) {
      co_return fail(Code::timed_out, {}, state->trouble ? describe(*state->trouble) : "there is no connection");
    }
    co_await state->changed.wait_for(left);
  }
  co_return state->connection;
}

net::Task<Result<void>> MountSession::connect(StatePointer state) {
  const auto connection = co_await state->session.connection();
  if (!connection) co_return std::unexpected(connection.error());
  const auto login = co_await (*connection)->logged_in();
  if (!login) co_return std::unexpected(login.error());
  state->plain = state->plan.plain && login->plain_data;
  const auto granted = co_await take_over(state, *connection);
  if (!granted) co_return std::unexpected(granted.error());
  state->round_trip = (*connection)->round_trip();
  state->connection = *connection;
  state->data->expect();
  state->trouble.reset();
  net::spawn(state->executor, keep_data(state, *connection));
  state->changed.notify_all();
  co_return Result<void>();
}

// The mount that there was, or a new one.
net::Task<Result<fs::MountReply>> MountSession::take_over(StatePointer state, std::shared_ptr<Connection> connection) {
  const bool had_one = !state->granted.mount.empty();
  if (had_one) {
    const fs::Remount remount{state->granted.mount, state->seen};
    auto reply = co_await connection->call(remount);
    const bool gone = !reply && reply.error().code == Code::not_found;
    if (reply && reply->missed && state->observer) state->observer->missed(reply->at);
    if (reply) state->granted = *reply;
    if (!gone) co_return reply;
  }
  const fs::Mount mount{state->plan.path};
  auto reply = co_await connection->call(mount);
  if (!reply) co_return reply;
  if (reply->io_bytes == 0) co_return fail(Code::protocol, {}, "the server grants no reads");
  const std::string boot_before = std::exchange(state->granted, *reply).boot;
  state->seen = reply->at;
  if (!had_one) co_return reply;
  ++state->epoch;
  // Whoever waits for room in the old one sees that it is over.
  std::exchange(state->sequence, std::make_shared<Sequence>(state->executor))->wake_all();
  state->data->fail_all(stale());
  const bool both_told = !boot_before.empty() && !reply->boot.empty();
  if (both_told && boot_before != reply->boot && state->observer) state->observer->rebooted(state->down_since);
  if (state->observer) state->observer->replaced(state->epoch);
  co_return reply;
}

// As long as the session lives: the connection ends, and is made again.
net::Task<void> MountSession::keep(StatePointer state) {
  Backoff backoff(std::random_device{}()), login_backoff(std::random_device{}(), max_login_pause);
  while (!state->closed) {
    if (state->connection) {
      const auto connection = state->connection;
      const auto heard = Clock::now();
      co_await connection->until_lost();
      state->connection.reset();
      // It was silent for a while before that was noticed.
      state->down_since = std::max(heard, Clock::now() - state->plan.connect.ping_interval * silent_pings);
      state->data->disconnect(state->down_since);
      state->trouble = Error{Code::disconnected, {}, state->plan.connect.endpoint.text(), "the connection was lost"};
      state->changed.notify_all();
      backoff.reset();
    }
    if (state->closed) co_return;
    const auto connected = co_await connect(state);
    if (connected) {
      login_backoff.reset();
      continue;
    }
    state->trouble = connected.error();
    if (refuses_login(connected.error())) {
      const auto until = Clock::now() + std::max<net::Duration>(login_backoff.next(), 1s);
      for (auto now = Clock::now(); now < until && !state->closed; now = Clock::now()) {
        const auto pause = until - now;
        co_await state->changed.wait_for(pause);
      }
      continue;
    }
    // A person who waits is worth an attempt a second.
    const auto begun = Clock::now();
    const auto pause = backoff.next();
    co_await state->wanted.wait_for(pause);
    const auto waited = Clock::now() - begun;
    if (waited < std::min<net::Duration>(pause, 1s))
      co_await net::sleep_for(std::min<net::Duration>(pause, 1s) - waited);
  }
}

net::Task<void> MountSession::keep_data(StatePointer state, std::shared_ptr<Connection> connection) {
  Backoff backoff(std::random_device{}());
  const std::uint32_t wanted = stream_count(state->plan, connection->round_trip());
  while (connection->open() && !state->closed) {
    const auto have = static_cast<std::uint32_t>(state->data->connections());
    if (have >= wanted) {
      co_await state->data->until_lost();
      continue;
    }
    const auto opened = co_await open_data(state, connection, wanted - have);
    if (opened) {
      backoff.reset();
      continue;
    }
    // Some are better than none: a server may not grant as many.
    if (state->data->connections() > 0 && opened.error().code == Code::too_many) {
      co_await state->data->until_lost();
      continue;
    }
    const auto pause = backoff.next();
    co_await net::sleep_for(pause);
  }
}

net::Task<Result<void>> MountSession::open_data(StatePointer state, std::shared_ptr<Connection> connection,
                                                std::uint32_t count) {
  const fs::Streams request{count, state->plain};
  const auto reply = co_await connection->call(request);
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->tickets.empty()) co_return fail(Code::too_many, {}, "the server grants no data connection");
  for (const std::string& text : reply->tickets) {
    const auto ticket = Ticket::parse(text);
    if (!ticket) co_return std::unexpected(ticket.error());
    auto stream = co_await connection->open_data(state->plain);
    if (!stream) co_return std::unexpected(stream.error());
    if (auto sent = co_await send_attach(**stream, *ticket); !sent) co_return sent;
    if (auto attached = co_await check_attached(**stream, *ticket); !attached) co_return attached;
    if (!connection->open() || state->closed) co_return fail(Code::disconnected, {}, "the connection was lost");
    state->data->add((*stream)->encrypted() ? std::move(*stream)
                                            : std::make_unique<net::BufferedStream>(std::move(*stream)));
  }
  co_return Result<void>();
}

void MountSession::take_event(const std::weak_ptr<State>& weak, const json::Value& event) {
  const StatePointer state = weak.lock();
  const json::Value* kind = event.find("event");
  const auto* name = kind ? kind->as<std::string>() : nullptr;
  if (!state || !state->observer || !name || *name != fs::Changed::event) return;
  const auto changed = from_json<fs::Changed>(event, "fs.changed");
  if (!changed) return state->observer->missed(state->seen + 1);
  state->seen = changed->number;
  if (changed->missed) state->observer->missed(changed->number);
  state->observer->changed(*changed);
}

net::Task<Result<ReadResult>> MountSession::read(std::uint64_t handle, std::uint64_t epoch, std::uint64_t offset,
                                                 std::uint32_t count, bool ahead) {
  const auto state = state_;
  if (epoch != state->epoch) co_return std::unexpected(stale());
  co_return co_await state->data->read(handle, offset, count, ahead);
}

net::Task<Result<WriteResult>> MountSession::write(std::uint64_t handle, std::uint64_t epoch, std::uint64_t offset,
                                                   SharedBuffer data) {
  const auto state = state_;
  if (epoch != state->epoch) co_return std::unexpected(stale());
  co_return co_await state->data->write(handle, offset, data);
}

net::Task<Result<WriteResult>> MountSession::append(std::uint64_t handle, std::uint64_t epoch, SharedBuffer data) {
  const auto state = state_;
  if (epoch != state->epoch) co_return std::unexpected(stale());
  const auto begun = Clock::now();
  const auto room = co_await room_for_one(state, epoch, begun, WaitLimit::usual);
  if (!room) co_return std::unexpected(room.error());
  const Outstanding outstanding(*state, epoch, WaitLimit::usual);
  while (true) {
    const AppendSeq seq{outstanding.seq, outstanding.acked()};
    auto written = co_await state->data->append(handle, data, seq);
    if (written || !co_await outstanding.may_repeat(written.error())) co_return written;
  }
}

}  // namespace dftp::client
