#include "client/cli/view/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace dftp::cli {

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

bool wants_color() {
  const char *no_color = std::getenv("NO_COLOR"), *term = std::getenv("TERM");
  return !(no_color && *no_color) && term && std::string_view(term) != "dumb";
}

TerminalSize terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

}  // namespace dftp::cli
