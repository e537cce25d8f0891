// One control connection's state, as its commands see it.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "proto/net/stream.h"
#include "proto/storage/storage.h"
#include "proto/wire/extensions.h"
#include "proto/wire/message_session.h"
#include "server/auth/authenticator.h"
#include "server/guard/slots.h"
#include "server/session/outbox.h"
#include "server/session/presence.h"
#include "server/session/rate_limits.h"
#include "server/session/server_context.h"
#include "server/session/session_part.h"

namespace dftp::server {

class Account;
class ActiveRequest;
class MountAttachment;
class ServerTransfer;
struct UserPools;

// Lives on one loop, in the frame of the coroutine that runs the session; that waits for all requests and transfers.
struct ControlSession {
  ServerContext& context;
  const net::Executor executor;
  const net::Stream& stream;  // whom it talks to; only the session's own coroutine reads, only the outbox writes
  Outbox& outbox;
  net::Signal& changed;  // notified when a request or a transfer has ended, and by end()

  std::optional<Hello> hello{};
  std::vector<const Extension*> missing{};  // that the server has not named in its reply
  std::optional<Principal> user{};          // after the login, as are the next seven
  std::shared_ptr<Storage> storage{};
  std::shared_ptr<UserPools> pools{};  // where the user's work is done
  SessionRateLimits rate_limits{};
  std::shared_ptr<Account> account{};  // who pays for what it holds
  std::shared_ptr<void> place{};       // among the sessions of its user and source
  std::shared_ptr<Presence::Seat> seat{};
  std::uint64_t number = 0;
  int failed_logins = 0;
  std::set<std::shared_ptr<SessionPart>> parts{};
  std::shared_ptr<MountAttachment> mount{};  // one at most, and among the parts
  std::size_t commands = 0;                  // remote ones among the parts

  std::map<std::uint64_t, std::shared_ptr<ServerTransfer>> transfers{};
  std::uint64_t transfers_begun = 0;
  std::map<std::uint64_t, ActiveRequest*> calls{};  // requests that are carried out, by their ids
  SlotCount feeds{};                                // of them, those that have many parts

  // Ends the request of this id, if it can be ended and is not answered yet.
  std::function<void(std::uint64_t id)> cancel{};

  // Why the session ends; from then on no request is taken, and long ones stop soon.
  std::optional<Error> ending{};
  bool left = false;           // the client has said goodbye
  bool revoked = false;        // it may not go on: what it held ends with it, a mount as well
  std::uint64_t reviewed = 0;  // the users' generation that the user was last looked for in
  void end(Error why) {
    if (!ending) ending = std::move(why);
    changed.notify_all();
  }
};

}  // namespace dftp::server
