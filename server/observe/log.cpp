#include "server/observe/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "server/observe/log_line.h"

namespace dftp {

Result<std::unique_ptr<Log>> Log::open(const std::filesystem::path& file, LogFormat format) {
  if (file.empty()) return std::unique_ptr<Log>(new Log(STDERR_FILENO, format));
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return fail_errno(errno, file);
  return std::unique_ptr<Log>(new Log(fd, format));
}

Log::~Log() {
  if (fd_ != STDERR_FILENO) ::close(fd_);
}

void Log::note(const Event& event) {
  const std::string line = log_line(event, format_, std::chrono::system_clock::now());
  std::string_view rest = line;
  const std::lock_guard lock(mutex_);
  while (!rest.empty()) {
    const auto written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace dftp
