// Who wants what runs to stop: SIGINT and SIGTERM, or for a job in the background `cancel`. Belongs to one loop; must
// outlive its run.
#pragma once

#include <functional>

#include "client/cli/view/terminal.h"
#include "proto/net/signals.h"

namespace dftp::cli {

class Console;

class Interrupts {
 public:
  // Hears the process' signals.
  Interrupts(net::Executor executor, Console& console, TerminalPrompt& prompt);
  // Of a job: hears none.
  explicit Interrupts(const Interrupts& process) : console_(process.console_), prompt_(process.prompt_) {}
  Interrupts& operator=(const Interrupts&) = delete;

  // What the first signal does; without an action, while a question is open, and for the second signal it is leave().
  using Action = std::function<void(int signal)>;
  // The action until now.
  Action set_action(Action action) { return std::exchange(action_, std::move(action)); }
  // The signal that came, 0: none.
  int received() const { return received_; }
  void forget() { received_ = 0; }
  // As if this signal came; false: nobody takes it.
  bool interrupt(int signal);
  // The time is up: as the first signal would. False when there is no action, or somebody is being asked.
  bool expire();
  bool expired() const { return expired_; }

  // Ends the process at once with 128 + signal, the terminal as it was.
  [[noreturn]] void leave(int signal);

 private:
  net::Task<void> watch();

  std::optional<net::Signals> signals_;
  Console& console_;
  TerminalPrompt& prompt_;
  Action action_;
  int received_ = 0;
  bool expired_ = false;
};

// An action for as long as this lives.
class Interruptible {
 public:
  Interruptible(Interrupts& interrupts, Interrupts::Action action)
      : interrupts_(interrupts), before_(interrupts.set_action(std::move(action))) {}
  ~Interruptible() { interrupts_.set_action(std::move(before_)); }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  Interrupts& interrupts_;
  Interrupts::Action before_;
};

}  // namespace dftp::cli
