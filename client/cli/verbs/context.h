// What a verb works with.
#pragma once

#include "client/cli/line/call.h"
#include "client/cli/view/interrupts.h"
#include "client/remote.h"

namespace dftp::cli {

struct JobStatus;
struct ShellState;

// A copy is a context of its own, in the same directory of the same session.
struct Context {
  client::ServerHandle session;
  client::Remote remote;
  Console& console;
  Interrupts& interrupts;
  Settings settings;  // of the call, and of the server where the call leaves them open
  bool in_session = false;
  bool interactive = false;  // a session with a person at its prompt
  bool commands_on_stdin = false;
  RemotePath directory;             // of the session
  RemotePath directory_before;      // where cd - leads
  bool closing = false;             // the session is to end
  ShellState* shell = nullptr;      // of a session
  JobStatus* background = nullptr;  // of a job in the background; nothing is drawn then
  std::string label = {};           // before what a job says of itself
  // A session elsewhere; connects to nothing yet.
  std::function<client::ServerHandle(const ServerAndUser& place)> connect = {};
  std::function<Settings(const ServerAndUser& place)> settings_for = {};
  const Preferences* preferences = nullptr;
};

// A session of its own for a job in the background, in the same directory. The references must outlive it.
Context context_of_job(const Context& context, Console& console, Interrupts& interrupts, JobStatus& status,
                       std::string label);

// How often in a row a server that is out of reach is tried again, whatever the verb: --retries, or ten times. Only a
// person who opens a session at a terminal learns at once that there is no server.
inline constexpr int default_retries = 10;
int retries_of(const Context& context);

// Waits until there is a connection and the login is on its way, so that a request can go along with it; where the
// server cannot be reached, as often as retries_of() says.
net::Task<Result<void>> reach(Context& context);

// The same until somebody is logged in.
net::Task<Result<LoginReply>> log_in(Context& context);
net::Task<Result<LoginReply>> log_in(Context& context, int retries);

}  // namespace dftp::cli
