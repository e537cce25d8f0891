#include "server/mount/mount_attachment.h"

#include "proto/net/disk_pool.h"
#include "server/mount/mounts.h"
#include "server/session/control_session.h"
#include "server/session/rate_limits.h"
#include "server/session/tickets.h"
#include "server/session/user_pools.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// A session that reads slowly gets its events later, and joined.
constexpr std::size_t max_waiting = 256 * 1024;
constexpr auto look_again = 5ms;
// Those that were not used hold no more than this.
constexpr std::size_t max_tickets = 4 * limits::streams_per_transfer;

// After its grace somebody has to look whether a mount is over.
net::Task<void> sweep_later(ServerContext& context) {
  auto pause = limits::mount_grace + 1s;
  co_await net::sleep_for(pause);
  co_await context.disk.run([&] {
    context.mounts.sweep();
    return true;
  });
}

}  // namespace

MountAttachment::MountAttachment(ControlSession& session)
    : session_(&session),
      context_(session.context),
      disk_(session.pools->disk),
      executor_(session.executor),
      fewer_(session.executor) {}

bool MountAttachment::begin(std::shared_ptr<MountState> state, std::uint64_t seen) {
  state_ = std::move(state);
  const auto ready = [weak = weak_from_this(), executor = executor_] {
    if (auto self = weak.lock()) {
      MountAttachment& session = *self;
      net::spawn(executor, session.deliver(std::move(self)));
    }
  };
  const auto listening = state_->events.listen(ready, seen);
  listener_ = listening.listener;
  net::spawn(executor_, deliver(shared_from_this()));
  return listening.whole;
}

net::Task<void> MountAttachment::deliver(std::shared_ptr<MountAttachment>) {
  while (session_) {
    if (session_->outbox.waiting_bytes() > max_waiting) {
      auto pause = look_again;
      co_await net::sleep_for(pause);
      continue;
    }
    const auto event = state_->events.take(listener_);
    if (!event) break;
    session_->outbox.push(json::write(event_json(*event)));
  }
}

void MountAttachment::before_answer() {
  if (!session_) return;
  while (const auto event = state_->events.take(listener_)) session_->outbox.push(json::write(event_json(*event)));
}

void MountAttachment::leave() {
  if (!session_) return;
  for (const Ticket& ticket : tickets_) context_.tickets.forget(ticket);
  session_ = nullptr;
  state_->locks.cancel(holder());
  context_.mounts.leave(*state_, this);
  net::spawn(executor_, sweep_later(context_));
  for (const auto& connection : connections_) connection->close();
}

net::Task<void> MountAttachment::close(bool revoked) {
  leave();
  if (revoked) co_await disk_.run([&] { return context_.mounts.end(*state_), true; });
}

std::vector<std::string> MountAttachment::issue_tickets(std::size_t count, bool plain) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    tickets_.push_back(context_.tickets.issue({weak_from_this(), executor_, false, plain, session_->account}));
    texts.push_back(tickets_.back().text());
    if (tickets_.size() <= max_tickets) continue;
    context_.tickets.forget(tickets_.front());
    tickets_.pop_front();
  }
  return texts;
}

net::Task<void> MountAttachment::attach(std::unique_ptr<net::Stream> stream, bool) {
  if (!session_ || connections_.size() >= limits::streams_per_transfer) co_return stream->close();
  auto held_back = session_->rate_limits.apply(std::move(stream), executor_);
  auto connection = std::make_shared<DataConnection>(disk_, executor_, state_, std::move(held_back));
  connections_.insert(connection);
  co_await connection->run();
  connections_.erase(connection);
  fewer_.notify_all();
  if (session_) context_.trim_due = true;
}

net::Task<void> MountAttachment::taken_over() {
  co_await net::run_on(executor_, stop(shared_from_this()));
}

net::Task<void> MountAttachment::stop(std::shared_ptr<MountAttachment>) {
  if (session_) session_->end({Code::cancelled, {}, {}, "another session has taken the mount over"});
  for (const auto& connection : connections_) connection->close();
  while (!connections_.empty() || works_ > 0) co_await fewer_.wait();
}

}  // namespace dftp::server
