#include "client/cli/shell/lines.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "proto/net/signals.h"
#include "proto/wire/text_lines.h"

namespace dftp::cli {

Result<std::optional<std::string>> Lines::give(std::string_view bytes) {
  auto line = plain_text(bytes, "standard input");
  ++given_;
  if (line) return std::move(*line);
  line.error().where = line_name("standard input", given_);
  return std::unexpected(std::move(line.error()));
}

net::Task<Result<std::optional<std::string>>> Lines::next() {
  while (true) {
    if (const std::size_t end = held_.find('\n'); end != held_.npos) {
      const std::string line = held_.substr(0, end);
      held_.erase(0, end + 1);
      co_return give(line);
    }
    co_await net::wait_readable(fd_);
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) co_return fail_errno(errno, "standard input");
    if (got == 0) break;
    held_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (held_.empty()) co_return std::nullopt;
  const std::string line = std::exchange(held_, {});
  co_return give(line);
}

}  // namespace dftp::cli
