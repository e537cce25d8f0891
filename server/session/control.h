// A control connection from its first frame to its end. docs/protocol/core.md, "States of a session".
#pragma once

#include "proto/net/frame_channel.h"
#include "proto/wire/request.h"
#include "server/guard/budgets.h"
#include "server/session/active_request.h"
#include "server/session/command.h"
#include "server/session/control_session.h"
#include "server/session/request_queue.h"

namespace dftp::server {

// Lives on one loop. `run` is the session: when it returns nothing of it is left.
class Control {
 public:
  // `unknown` is given back at the login, which must come before the deadline.
  Control(ServerContext& context, net::Executor executor, std::unique_ptr<net::Stream> stream, Slot unknown,
          std::chrono::steady_clock::time_point login_by);

  net::Task<void> run(json::Value first);

  // Ends when no transfer runs any more.
  void drain();
  // Ends as soon as possible.
  void stop(Error why) {
    session_.left = false;
    session_.end(std::move(why));
  }

 private:
  net::Task<Result<void>> read_requests(json::Value first);
  net::Task<Result<void>> read_until_ended(json::Value frame);
  net::Task<bool> next_frame(json::Value& frame);
  void take(json::Value frame);
  bool is_known(std::uint64_t id) const;
  void cancel(std::uint64_t id);
  void take_command(std::uint64_t id, RequestFrame request);
  void begin(const CommandSpec& command, Ordering order, std::uint64_t id, json::Value params);
  void begin_waiting();
  void begin_what_may();
  net::Task<void> carry_out(const CommandSpec& command, Ordering order, std::unique_ptr<ActiveRequest> call,
                            json::Value params);
  net::Task<Result<json::Value>> result_of(const CommandSpec& command, ActiveRequest& call, json::Value& params);
  Result<void> permitted(Permission permission) const;
  std::size_t answer(std::optional<std::uint64_t> id, Result<json::Value> result);
  void answer_at_once(std::uint64_t id, Result<json::Value> result);
  void refuse(std::uint64_t id, const json::Value& params, Error why);
  void count_unheard(std::size_t bytes);

  net::Task<Result<void>> close_down();
  net::Task<void> let_transfers_end();
  net::Task<void> close_parts();
  void watch_idleness();
  // Whether something runs in the session that it waits for.
  bool at_work() const;
  bool busy() const { return requests_.running() > 0 || !requests_.empty() || at_work(); }
  void note_offence();
  void count_bytes();
  bool unread() const;

  ServerContext& context_;
  const std::unique_ptr<net::Stream> stream_;
  Slot unknown_;
  const Slot slot_;
  net::Signal changed_;
  Outbox outbox_;
  ControlSession session_;
  net::Watchdog guard_;
  const net::FrameLimit frame_limit_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  RequestQueue requests_;
  std::size_t unheard_ = 0;  // bytes that were said while much was unread
  Portion bytes_;            // what waits here, of the user's
  std::uint64_t read_ = 0;   // requests
  bool reading_ = true;
  bool draining_ = false;
};

}  // namespace dftp::server
