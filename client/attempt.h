// One attempt at a transfer: from the request to the end of its engine. Belongs to the session's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/pipe_storage.h"
#include "client/server_handle.h"
#include "client/tally.h"
#include "proto/transfer/engine.h"
#include "proto/transfer/ticket.h"

namespace dftp::client {

struct TransferPlan {
  std::variant<Get, Put> request;  // `streams` is filled in here
  std::uint32_t streams = 0;       // 0: found out
  bool plain = false;
  // Makes the engine for what the server granted, or an error why that will not do.
  std::function<Result<std::shared_ptr<Engine>>(const TransferBegun& reply)> engine;
  std::shared_ptr<PipeStorage> pipe = {};  // the engine reads or writes it; interrupted when it must end
  // A source to look at in the same flight, and whether it will do.
  std::optional<RemotePath> look_at = {};
  std::function<Result<void>(const StatReply& source)> accept = {};
};

class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(ServerHandle& session, std::shared_ptr<Tally> tally, TransferPlan plan);

  // Call once. Returns soon after stop(), even if a task of this attempt is still stuck somewhere; that one comes to
  // its end by itself.
  net::Task<Result<void>> run();
  void stop(Error why);
  // More than one data connection is worth it now.
  void widen();

 private:
  using Self = std::shared_ptr<Attempt>;
  static net::Task<void> work(Self self);
  static net::Task<void> connect_lead(Self self);
  static net::Task<void> connect_more(Self self);
  static net::Task<void> connect_one_more(Self self, Ticket ticket);
  net::Task<Result<TransferBegun>> ask();
  net::Task<Result<TransferBegun>> ask_for_transfer();
  net::Task<Result<StatReply>> look_at_source();
  bool tickets_are_old() const;
  Result<void> grant(const TransferBegun& reply);
  net::Task<void> serve(std::unique_ptr<net::Stream>& stream, bool lead);
  void end(Result<void> result);

  ServerHandle& session_;  // used before the first wait only
  const std::shared_ptr<Tally> tally_;
  TransferPlan plan_;
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Running> running_;          // the transfer, at the server
  const Ticket own_ticket_ = Ticket::make();  // of the lead, which need not wait for the answer
  bool asked_ = false;                        // the request is on its way
  std::vector<Ticket> tickets_;
  std::chrono::steady_clock::time_point granted_at_;
  std::shared_ptr<Engine> engine_;
  std::size_t serving_ = 0;
  bool wide_ = false;
  std::optional<Result<void>> result_;
  net::Signal changed_;
};

}  // namespace dftp::client
