// What runs in a session and ends with it, whichever room it is of: a remote command, a mount.
#pragma once

#include "proto/net/async.h"
#include "proto/wire/error.h"

namespace dftp::server {

// Lives on the session's loop, which calls it.
class SessionPart {
 public:
  virtual ~SessionPart() = default;
  // Whether the session must wait for it.
  virtual bool busy() const { return false; }
  // Puts in front of the next answer what must not come after it.
  virtual void before_answer() {}
  // Ends as soon as possible, because the session does.
  virtual void end(const Error& why) = 0;
  // Called once when no request runs any more. `revoked`: what would outlive the session ends with it.
  virtual net::Task<void> close(bool revoked) = 0;
};

}  // namespace dftp::server
