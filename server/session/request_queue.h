// Which requests of a session run, which wait for those before them, and which is one too many. docs/protocol/core.md,
// "Order".
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "proto/wire/error.h"
#include "server/session/command.h"

namespace dftp::server {

// Lives on one thread.
class RequestQueue {
 public:
  // One that has to wait has its params as text: what they hold may take many times as much.
  struct Request {
    const CommandSpec* command;
    Ordering order;
    std::uint64_t id;
    std::string params;
  };

  // Code::too_many when one more of this order must not be taken, waiting or not.
  Result<void> admit(Ordering order) const;
  // Whether nothing that runs or waits keeps a new one from being begun. `unread`: the client has much to read first.
  bool may_begin_now(Ordering order, bool unread) const;
  // Code::too_many when the text of all that wait would be over `max_bytes`; the request's text is wiped then.
  Result<void> push(Request request, std::size_t max_bytes);
  // The first that nothing keeps from being begun any more.
  std::optional<Request> pop(bool unread);
  // False when none with this id waits.
  bool remove(std::uint64_t id);
  void clear();

  void begun(Ordering order);
  void ended(Ordering order);

  bool contains(std::uint64_t id) const;
  bool empty() const { return waiting_.empty(); }
  // Bytes that those take which wait.
  std::size_t bytes() const { return bytes_; }
  // Requests that run, of all orders; and of those that keep everything behind them waiting.
  std::size_t running() const;
  std::size_t in_order() const { return running_[static_cast<std::size_t>(Ordering::in_order)]; }

 private:
  std::size_t running(Ordering order) const { return running_[static_cast<std::size_t>(order)]; }
  std::size_t waiting(Ordering order) const;
  bool may_begin(Ordering order, bool unread) const;
  Request take(std::deque<Request>::iterator request);

  std::deque<Request> waiting_;
  std::size_t bytes_ = 0;
  std::array<std::size_t, 6> running_{};  // by Ordering
};

}  // namespace dftp::server
