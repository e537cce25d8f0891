// Who is logged in, and how something is said to them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "proto/wire/chat.h"
#include "proto/wire/limits.h"
#include "server/guard/window_counters.h"
#include "server/session/outbox.h"

namespace dftp::server {

struct ControlSession;

// Thread-safe.
class Presence {
 public:
  // A session's place in it, which it leaves by letting go. Lives on the session's loop.
  class Seat {
   public:
    Seat(Presence& presence, std::uint64_t number, ControlSession& session)
        : presence_(presence), number_(number), session_(session) {}
    ~Seat() { presence_.leave(number_); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    // Dropped when too much is unread already.
    void tell(std::string_view event);
    ControlSession& session() const { return session_; }

   private:
    Presence& presence_;
    const std::uint64_t number_;
    ControlSession& session_;
  };

  // The session outlives the seat.
  std::shared_ptr<Seat> enter(SessionInfo info, ControlSession& session);

  // The sessions behind `after`, a page of them; with their addresses when `peers`.
  WhoReply page(std::uint64_t after, bool peers) const;

  // Sends the message to all sessions whose client has the extension `conversation`, or to those of one user, but for
  // the session `speaker` (0: to all). How many that is.
  std::uint64_t say(const Message& message, std::string_view user, std::uint64_t speaker) const;
  // Calls `act` for each session that is meant, soon and on its own loop. How many that is.
  std::uint64_t for_each(const std::function<bool(const SessionInfo&)>& meant,
                         void (*act)(ControlSession& session)) const;
  // Whether this user may say one more thing now.
  bool may_say(const std::string& user) { return said_.take(user); }

 private:
  struct Present {
    SessionInfo info;
    net::Executor home;
    std::weak_ptr<Seat> seat;  // followed on `home` only
    bool hears = false;        // its client knows what a message is
  };
  struct Place {
    net::Executor home;
    std::weak_ptr<Seat> seat;  // followed on `home` only
  };
  void leave(std::uint64_t number);
  std::vector<Place> seats(const std::function<bool(const Present&)>& meant) const;

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Present> present_;
  WindowCounters said_{limits::messages_a_minute, std::chrono::minutes(1), limits::sessions};
};

// The text as everybody gets it: one line without control bytes. Code::invalid_request when there is none,
// Code::too_large.
Result<std::string> message_text(const std::string& text);

}  // namespace dftp::server
