// Asking the person at this process' terminal.
#pragma once

#include <termios.h>

#include <atomic>
#include <optional>
#include <string>

namespace dftp::client {

// Asks on /dev/tty, whatever standard input and output are. Blocking; one question at a time. Thread-safe.
class TerminalPrompt {
 public:
  // Whether there is a terminal to ask on.
  static bool has_terminal();
  // Without echo. nullopt: there is no terminal, or no answer.
  std::optional<std::string> read_password(const std::string& question);
  // Until the answer is yes or no; no answer is no.
  bool yes(const std::string& question);

  bool asking() const { return asking_; }
  // Puts the echo back if a question is open: before the process ends in the middle of it.
  void restore();

 private:
  std::optional<std::string> answer(const std::string& question, bool echo);

  std::atomic<bool> asking_ = false;
  std::atomic<int> silenced_ = -1;  // the terminal whose echo is off
  termios before_{};
};

}  // namespace dftp::client
