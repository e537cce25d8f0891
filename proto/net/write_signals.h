// Signals that a write can raise, and whose default ends the process.
#pragma once

#include <csignal>

namespace dftp::net {

// The reader of a pipe or socket has gone (EPIPE), a file may not grow any more (EFBIG, RLIMIT_FSIZE).
inline constexpr int write_signals[] = {SIGPIPE, SIGXFSZ};

// From now on such a write fails, and nothing else happens. For the whole process, and for what it executes: give that
// the defaults back.
inline void ignore_write_signals() {
  for (const int number : write_signals) std::signal(number, SIG_IGN);
}
inline void restore_write_signals() {
  for (const int number : write_signals) std::signal(number, SIG_DFL);
}

}  // namespace dftp::net
