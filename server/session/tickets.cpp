#include "server/session/tickets.h"

#include <algorithm>

#include "proto/wire/encoding.h"
#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// Requests that are refused while their data connections are on the way.
constexpr std::size_t max_refused = 1024;

}  // namespace

Ticket Tickets::issue(Grant grant) {
  Ticket ticket = Ticket::make();
  const std::lock_guard lock(mutex_);
  sweep();
  put(ticket, std::move(grant));
  return ticket;
}

Result<void> Tickets::take(const Ticket& ticket, Grant grant) {
  const std::lock_guard lock(mutex_);
  sweep();
  if (issued_.contains(ticket.identity)) return fail(Code::exists, "params.ticket", "this ticket is out already");
  put(ticket, std::move(grant));
  wake(ticket.identity, true);
  return {};
}

void Tickets::put(const Ticket& ticket, Grant grant) {
  const auto end = now_() + limits::ticket_lifetime;
  by_end_.emplace_back(end, ticket.identity);
  issued_.emplace(ticket.identity, Issued{ticket, std::move(grant), end});
}

std::uint64_t Tickets::wait_for(const AttachProof& attach, Wake wake) {
  const std::lock_guard lock(mutex_);
  std::string identity = to_hex(as_text(attach.identity));
  if (issued_.contains(identity)) return wake(true), 0;
  if (std::ranges::find(refused_, identity) != refused_.end()) return wake(false), 0;
  waiting_.emplace(++waited_, Waiting{std::move(identity), std::move(wake)});
  return waited_;
}

void Tickets::let_go(std::uint64_t waiting) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(waiting);
}

void Tickets::refuse(const Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  if (issued_.contains(ticket.identity)) return;
  wake(ticket.identity, false);
  refused_.push_back(ticket.identity);
  if (refused_.size() > max_refused) refused_.pop_front();
}

void Tickets::wake(const std::string& identity, bool taken) {
  std::erase_if(waiting_, [&](const auto& one) {
    if (one.second.identity != identity) return false;
    one.second.wake(taken);
    return true;
  });
}

Result<Tickets::Redeemed> Tickets::redeem(const AttachProof& attach, Transport transport) {
  const std::lock_guard lock(mutex_);
  const auto found = issued_.find(to_hex(as_text(attach.identity)));
  if (found == issued_.end() || found->second.end <= now_() || !found->second.ticket.proves_attach(attach))
    return fail(Code::login_failed, {}, "no such ticket");
  if (transport == Transport::plain && !found->second.grant.plain)
    return fail(Code::denied, {}, "TLS is wanted on this data connection");
  Redeemed redeemed{std::move(found->second.ticket), std::move(found->second.grant)};
  issued_.erase(found);
  return redeemed;
}

void Tickets::forget(const Ticket& ticket) {
  const std::lock_guard lock(mutex_);
  issued_.erase(ticket.identity);
  sweep();
}

std::size_t Tickets::size() const {
  const std::lock_guard lock(mutex_);
  return issued_.size();
}

void Tickets::sweep() {
  const auto now = now_();
  while (!by_end_.empty() && (by_end_.front().first <= now || !issued_.contains(by_end_.front().second))) {
    issued_.erase(by_end_.front().second);
    by_end_.pop_front();
  }
}

}  // namespace dftp::server
