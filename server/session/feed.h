// A request that is answered in several parts; docs/protocol/feeds.md.
#pragma once

#include "server/session/control_session.h"

namespace dftp::server {

// Lives on the session's loop, in the frame of the coroutine that carries the request out.
class Feed {
 public:
  // Code::invalid_request for a number that is in use, Code::too_many.
  static Result<std::unique_ptr<Feed>> open(ControlSession& session, std::uint64_t number);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // The client wants no more of it.
  void stop();
  // An error when nothing more is wanted: the session ends, or stop().
  Result<void> running() const;
  // Sends a part, when the client has taken in most of what came before: so a feed takes no more memory than that. An
  // error is that of running().
  template <class Event>
  net::Task<Result<void>> push(const Event& event) {
    const json::Value part = event_json(event);
    co_return co_await send(part);
  }
  // Lets time pass until something happens in the session, or `limit` is over. Not when wake() was called since the
  // last time.
  net::Task<void> wait_for(net::Duration limit);
  void wake() {
    woken_ = true;
    session_.changed.notify_all();
  }
  // Wakes it from any thread, as long as it is there.
  std::function<void()> waker();

 private:
  Feed(ControlSession& session, std::uint64_t number) : session_(session), number_(number) {}
  net::Task<Result<void>> send(const json::Value& part);

  ControlSession& session_;
  const std::uint64_t number_;
  const std::shared_ptr<Feed*> self_ = std::make_shared<Feed*>(this);
  bool stopped_ = false;
  bool woken_ = false;
};

}  // namespace dftp::server
