#include "client/cli/shell/lines.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "proto/net/signals.h"

namespace dftp::cli {

net::Task<std::optional<std::string>> Lines::next() {
  while (true) {
    if (const std::size_t end = held_.find('\n'); end != held_.npos) {
      std::string line = held_.substr(0, end);
      held_.erase(0, end + 1);
      co_return line;
    }
    co_await net::wait_readable(fd_);
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    held_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (held_.empty()) co_return std::nullopt;
  co_return std::exchange(held_, {});
}

}  // namespace dftp::cli
