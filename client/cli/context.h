// What a verb works with.
#pragma once

#include "client/cli/interrupts.h"
#include "client/cli/options.h"
#include "client/remote.h"

namespace dftp::cli {

struct Context {
  client::Session& session;
  client::Remote remote;
  Console& console;
  Interrupts& interrupts;
  const Settings& settings;
  bool in_session = false;
  bool interactive = false;  // a session with a person at its prompt
  bool commands_on_stdin = false;
  RemotePath directory;  // of the session
  bool closing = false;  // the session is to end
};

// The line that says why and when it is tried again.
std::string retry_text(const Error& why, net::Duration delay, int attempt, int of);

// Waits until somebody is logged in: where the server cannot be reached, as often as --retries says.
net::Task<Result<LoginReply>> log_in(Context& context);

}  // namespace dftp::cli
