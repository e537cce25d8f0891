#include "server/main/terminal.h"

#include <fcntl.h>
#include <unistd.h>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// Between its end and the signal, on a machine that is busy.
constexpr auto just_now = 5s;

bool there() {
  const int fd = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

}  // namespace

void Terminal::look() {
  if (there()) seen_ = Clock::now();
}

bool Terminal::hung_up() {
  return seen_ != Clock::time_point{} && !there() && Clock::now() - seen_ < just_now;
}

}  // namespace dftp::server
