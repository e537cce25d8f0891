#include "client/cli/view/line_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace dftp::cli {

Result<LineFile> LineFile::open(const std::filesystem::path& path, std::string what) {
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (file < 0) return std::unexpected(when("cannot write " + what, from_errno(errno, path)));
  return LineFile(file, path, std::move(what));
}

LineFile::~LineFile() {
  if (file_ >= 0) ::close(file_);
}

void LineFile::write(std::string_view text) {
  const std::string line = printable(text) + "\n";
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (failed_ || written == static_cast<ssize_t>(line.size())) return;
  // The end of a line is lost where there is no room for all of it.
  failed_ = when("cannot write " + what_, from_errno(written < 0 ? errno : ENOSPC, path_));
}

}  // namespace dftp::cli
