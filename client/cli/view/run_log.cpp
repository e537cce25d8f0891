#include "client/cli/view/run_log.h"

#include <unistd.h>

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
  auto file = LineFile::open(path, "the log");
  if (!file) return std::unexpected(std::move(file.error()));
  return RunLog(std::move(*file));
}

void RunLog::write(std::string_view text) {
  file_.write(now_text() + " [" + std::to_string(::getpid()) + "] " + std::string(text));
}

}  // namespace dftp::cli
