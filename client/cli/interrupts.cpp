#include "client/cli/interrupts.h"

#include <unistd.h>

#include <csignal>

#include "client/cli/console.h"

namespace dftp::cli {

Interrupts::Interrupts(net::Executor executor, Console& console, Asker& asker)
    : signals_(executor, {SIGINT, SIGTERM}), console_(console), asker_(asker) {
  net::spawn(executor, watch());
}

net::Task<void> Interrupts::watch() {
  while (const int signal = co_await signals_.next()) {
    if (received_ != 0 || !action_ || asker_.asking()) leave(signal);
    received_ = signal;
    // The action may set another one while it runs.
    const Action action = action_;
    action(signal);
  }
}

bool Interrupts::expire() {
  expired_ = true;
  if (!action_ || asker_.asking()) return false;
  const Action action = action_;
  action(SIGALRM);
  return true;
}

void Interrupts::leave(int signal) {
  asker_.restore();
  console_.clear();
  ::_exit(128 + signal);
}

}  // namespace dftp::cli
