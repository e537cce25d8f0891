#include "server/session/tickets.h"

#include "proto/wire/encoding.h"
#include "proto/wire/limits.h"

namespace dftp::server {

Ticket Tickets::issue(Grant grant) {
  Ticket ticket = Ticket::make();
  const std::lock_guard lock(mutex_);
  sweep();
  const auto end = now_() + limits::ticket_lifetime;
  by_end_.emplace_back(end, ticket.identity);
  issued_.emplace(ticket.identity, Issued{ticket, std::move(grant), end});
  return ticket;
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
