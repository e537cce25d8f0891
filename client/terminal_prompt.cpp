#include "client/terminal_prompt.h"

#include <fcntl.h>
#include <unistd.h>

#include "proto/net/unique_fd.h"

namespace dftp::client {
namespace {

// Nobody types a longer answer.
constexpr std::size_t answer_bytes = 4096;

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::optional<std::string> read_line(int fd) {
  std::string line;
  for (char c = 0; line.size() < answer_bytes;) {
    const ssize_t got = ::read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    if (c == '\n') return line;
    line += c;
  }
  return std::nullopt;
}

net::UniqueFd open_terminal() {
  return net::UniqueFd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

}  // namespace

bool TerminalPrompt::has_terminal() {
  return static_cast<bool>(open_terminal());
}

std::optional<std::string> TerminalPrompt::answer(const std::string& question, bool echo) {
  const net::UniqueFd terminal = open_terminal();
  if (!terminal || ::tcgetattr(terminal.get(), &before_) != 0) return std::nullopt;
  asking_ = true;
  if (!echo) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silenced_ = terminal.get();
    ::tcsetattr(terminal.get(), TCSAFLUSH, &silent);
  }
  std::optional<std::string> line;
  if (write_all(terminal.get(), question)) line = read_line(terminal.get());
  if (!echo) {
    restore();
    write_all(terminal.get(), "\n");
  }
  asking_ = false;
  return line;
}

void TerminalPrompt::restore() {
  if (const int terminal = silenced_.exchange(-1); terminal >= 0) ::tcsetattr(terminal, TCSANOW, &before_);
}

std::optional<std::string> TerminalPrompt::read_password(const std::string& question) {
  return answer(question, false);
}

bool TerminalPrompt::yes(const std::string& question) {
  for (std::string asked = question;; asked = "Please type yes or no: ") {
    const std::optional<std::string> line = answer(asked, true);
    if (!line || *line == "no") return false;
    if (*line == "yes") return true;
  }
}

}  // namespace dftp::client
