#include "client/cli/view/interrupts.h"

#include <unistd.h>

#include <csignal>

#include "client/cli/view/console.h"

namespace dftp::cli {

Interrupts::Interrupts(net::Executor executor, Console& console, TerminalPrompt& prompt)
    : console_(console), prompt_(prompt) {
  signals_.emplace(executor, std::initializer_list<int>{SIGINT, SIGTERM});
  net::spawn(executor, watch());
}

net::Task<void> Interrupts::watch() {
  while (const int signal = co_await signals_->next()) {
    if (prompt_.asking() || !interrupt(signal)) leave(signal);
  }
}

bool Interrupts::interrupt(int signal) {
  if (received_ != 0 || !action_) return false;
  received_ = signal;
  // The action may set another one while it runs.
  const Action action = action_;
  action(signal);
  return true;
}

bool Interrupts::expire() {
  expired_ = true;
  if (!action_ || prompt_.asking()) return false;
  const Action action = action_;
  action(SIGALRM);
  return true;
}

void Interrupts::leave(int signal) {
  prompt_.restore();
  console_.leave();
  ::_exit(128 + signal);
}

}  // namespace dftp::cli
