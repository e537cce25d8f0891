#include "server/config/password_prompt.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "proto/storage/descriptor.h"

namespace dftp::server {
namespace {

// Holds back the signals that would end or stop the process, until the terminal is as it was.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&held, number);
    sigprocmask(SIG_BLOCK, &held, &before_);
    arrived_ = Descriptor(::signalfd(-1, &held, SFD_CLOEXEC));
  }
  ~HeldSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // Readable when one is held back. It is never read, so that the signal does its work afterwards.
  int descriptor() const { return arrived_.number(); }

 private:
  sigset_t before_{};
  Descriptor arrived_;
};

class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~NoEcho() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

  bool works() const { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

std::unexpected<Error> ended() {
  return fail(Code::cancelled, "", "no password was given");
}

// One line as the terminal hands it over, without its end.
Result<std::string> read_line(const HeldSignals& signals) {
  std::string line;
  while (true) {
    pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) return fail_errno(errno, "terminal");
    if (ready[1].revents != 0) return ended();
    if (ready[0].revents == 0) continue;
    char part[256];
    const ssize_t count = uninterrupted([&] { return ::read(STDIN_FILENO, part, sizeof part); });
    if (count < 0) return fail_errno(errno, "terminal");
    if (count == 0) return ended();
    line.append(part, static_cast<std::size_t>(count));
    if (!line.ends_with('\n')) continue;
    line.pop_back();
    return line;
  }
}

Result<std::string> ask(const std::string& question) {
  const HeldSignals signals;
  const NoEcho silence;
  if (!silence.works()) return fail_errno(errno, "terminal");
  std::fprintf(stderr, "%s: ", question.c_str());
  auto line = read_line(signals);
  std::fputc('\n', stderr);
  return line;
}

}  // namespace

bool can_prompt() {
  return ::isatty(STDIN_FILENO) == 1;
}

Result<std::string> prompt_new_password(const std::string& user) {
  while (true) {
    auto first = ask("New password for " + user);
    if (!first) return first;
    const auto second = ask("The same again");
    if (!second) return second;
    if (*first == *second) return first;
    std::fputs("These are not the same.\n", stderr);
  }
}

}  // namespace dftp::server
