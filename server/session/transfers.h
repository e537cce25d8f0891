// Beginning, watching and ending the transfers of a session. All on the session's loop.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "server/session/control_session.h"
#include "server/session/server_transfer.h"

namespace dftp::server {

using MakeEngine = std::function<std::shared_ptr<Engine>(ServerTransfer&)>;

// Begins a transfer that has no tickets yet and opens so many files at a time, and watches it: when it has ended,
// however, it leaves session.transfers, and the log gets its line. Code::too_many over limits::transfers_per_session,
// Code::shutting_down.
Result<std::shared_ptr<ServerTransfer>> begin_transfer(ControlSession& session, TransferDirection direction,
                                                       std::vector<RemotePath> paths, std::size_t open_files,
                                                       const MakeEngine& make);

// Ends the older uploads of the same client process to the same targets, also those of its lost sessions, and waits
// until they have let go of their files.
net::Task<void> supersede(ControlSession& session, std::shared_ptr<ServerTransfer> transfer);

// A ticket that a request carries; whoever waits for it is told in the end, whatever becomes of the request.
class ChosenTicket {
 public:
  // `text`: empty for none. Code::invalid_request.
  static Result<ChosenTicket> parse(ControlSession& session, const std::string& text);
  ChosenTicket(ChosenTicket&& other) noexcept
      : session_(other.session_), ticket_(std::exchange(other.ticket_, std::nullopt)) {}
  ChosenTicket& operator=(ChosenTicket&&) = delete;
  ~ChosenTicket();

  const std::optional<Ticket>& ticket() const { return ticket_; }

 private:
  ChosenTicket(ControlSession& session, std::optional<Ticket> ticket) : session_(session), ticket_(std::move(ticket)) {}

  ControlSession& session_;
  std::optional<Ticket> ticket_;
};

// One ticket a data connection, the lead's first. When the lead does not come in their lifetime the transfer ends.
// `chosen` is the lead's, where there is one; Code::exists.
Result<std::vector<std::string>> issue_tickets(ControlSession& session, const std::shared_ptr<ServerTransfer>& transfer,
                                               std::size_t streams, bool plain, const std::optional<Ticket>& chosen);

void stop_transfers(ControlSession& session, const Error& why);

}  // namespace dftp::server
