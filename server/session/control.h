// A control connection from its first frame to its end. docs/protocol.md, section 2.
#pragma once

#include "server/session/command.h"
#include "server/session/session.h"

namespace dftp {

// Lives on one loop. `run` is the session: when it returns nothing of it is left.
class Control {
 public:
  // `unknown` is given back at the login, which must come before the deadline.
  Control(Context& context, net::Executor executor, std::unique_ptr<net::Stream> stream, Slot unknown,
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
  net::Task<Result<void>> read_requests(json::Value frame);
  net::Task<bool> next_frame(json::Value& frame);
  net::Task<void> take(json::Value& frame);
  net::Task<void> carry_out(const Command& command, json::Value id, json::Value frame);
  Result<void> permitted(Permission permission) const;
  void answer(const json::Value* id, Result<json::Value> result);

  net::Task<Result<void>> close_down();
  net::Task<void> let_transfers_end();
  net::Task<void> leave_mount();
  void watch_idleness();
  bool busy() const {
    return in_flight_ > 0 || waiting_ > 0 || !session_.transfers.empty() || !session_.commands.empty();
  }
  bool full() const;

  Context& context_;
  const std::unique_ptr<net::Stream> stream_;
  Slot unknown_;
  const Slot slot_;
  net::Signal changed_;
  Outbox outbox_;
  Session session_;
  net::Watchdog guard_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::size_t in_flight_ = 0;  // requests without an answer
  std::size_t waiting_ = 0;    // those of Order::waiting
  bool one_running_ = false;   // a request of Order::one_by_one is carried out
  std::uint64_t requests_ = 0;
  bool reading_ = true;
  bool draining_ = false;
};

}  // namespace dftp
