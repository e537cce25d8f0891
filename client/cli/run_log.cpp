#include "client/cli/run_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace dftp::cli {
namespace {

// "2024-03-01T12:34:56+0100"
std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[40];
  return {text, std::strftime(text, sizeof(text), "%FT%T%z", &local)};
}

}  // namespace

Result<RunLog> RunLog::open(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (file < 0) return std::unexpected(when("cannot write the log", from_errno(errno, path)));
  return RunLog(file, path);
}

RunLog::~RunLog() {
  if (file_ >= 0) ::close(file_);
}

void RunLog::write(std::string_view text) {
  const std::string line = now_text() + " [" + std::to_string(::getpid()) + "] " + printable(text) + "\n";
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (failed_ || written == static_cast<ssize_t>(line.size())) return;
  // The end of a line is lost where there is no room for all of it.
  failed_ = when("cannot write the log", from_errno(written < 0 ? errno : ENOSPC, path_));
}

}  // namespace dftp::cli
