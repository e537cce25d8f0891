// A request that is carried out, as its command sees it: the parts of its answer go out through it, and its cancel
// comes in. docs/protocol/core.md, "cancel".
#pragma once

#include "proto/wire/fields.h"
#include "server/session/control_session.h"

namespace dftp::server {

// Lives on the session's loop, from when the request is begun until it is answered; the session knows it by its id.
class ActiveRequest {
 public:
  ActiveRequest(ControlSession& session, std::uint64_t id);
  ~ActiveRequest();
  ActiveRequest(const ActiveRequest&) = delete;
  ActiveRequest& operator=(const ActiveRequest&) = delete;

  ControlSession& session;
  const std::uint64_t id;

  // The client wants no more of it.
  void cancel();
  // What becomes of it then, at once when it was cancelled already: nothing of what the request has begun goes on.
  void on_cancel(std::function<void(const Error& why)> end);
  // An error when nothing more is wanted: the session ends, or cancel().
  Result<void> running() const;

  // A place among the requests that have many parts. Code::too_many.
  Result<void> take_feed();
  // Sends a part, when the client has taken in most of what came before: so it takes no more memory than that. An error
  // is that of running().
  template <class Part>
  net::Task<Result<void>> push(const Part& part) {
    const json::Value value = to_json(part);
    co_return co_await push_when_read(value);
  }
  // Sends the only part.
  template <class Part>
  Result<void> tell(const Part& part) {
    return send(to_json(part));
  }
  // Lets time pass until something happens in the session, or `limit` is over. Not when wake() was called since the
  // last time.
  net::Task<void> wait_for(net::Duration limit);
  void wake() {
    woken_ = true;
    session.changed.notify_all();
  }
  // Wakes it from any thread, as long as it is there.
  std::function<void()> waker();

 private:
  net::Task<Result<void>> push_when_read(const json::Value& part);
  Result<void> send(const json::Value& part);

  const std::shared_ptr<ActiveRequest*> self_ = std::make_shared<ActiveRequest*>(this);
  std::function<void(const Error& why)> end_;
  Slot feed_;
  bool cancelled_ = false;
  bool woken_ = false;
};

}  // namespace dftp::server
