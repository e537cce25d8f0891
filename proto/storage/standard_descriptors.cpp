#include "proto/storage/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace dftp {

void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The wrong way round, so that reading and writing fail as they would have.
    const int other_way = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", other_way | O_NOCTTY) != descriptor) std::_Exit(EXIT_FAILURE);
  }
}

Result<void> print(std::string_view text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  // The error may be of what was written before.
  if (written && std::fflush(stdout) == 0 && !std::ferror(stdout)) return {};
  return fail_errno(errno != 0 ? errno : EIO, "standard output");
}

bool reader_has_gone(const Error& error) {
  return error.code == Code::io && error.errno_name == "EPIPE";
}

}  // namespace dftp
