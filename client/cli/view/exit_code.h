// What the process tells its caller: the only place that maps a Code to an exit code.
#pragma once

#include "proto/wire/error.h"

namespace dftp::cli {

enum Exit : int {
  exit_ok = 0,
  exit_some_failed = 1,  // some of several items, or a failure without a number of its own
  exit_usage = 2,
  exit_no_connection = 3,
  exit_identity = 4,
  exit_login = 5,
  exit_not_found = 6,
  exit_denied = 7,
  exit_no_space = 8,
  exit_integrity = 9,
  exit_changed = 10,
  exit_exists = 11,
  exit_exec = 125,         // of `exec`: it could not be run; what is below is the command's own
  exit_interrupted = 130,  // 128 + SIGINT
  exit_terminated = 143,   // 128 + SIGTERM
};

Exit exit_code(Code code);
// The same, but for output that nobody reads any more.
Exit exit_code(const Error& error);

// Whether nothing more can be done with the server: no connection, not the right one, no login, or told to stop.
bool ends_session(int exit);
inline bool ends_session(const Error& error) {
  return ends_session(exit_code(error));
}

}  // namespace dftp::cli
