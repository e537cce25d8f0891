#include "fuse/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace dftp::mount {
namespace {

constexpr int exit_failed = 32;  // mount(8)'s word for it

// Until the child has said something or has ended; its exit code, 0 when it goes on.
[[noreturn]] void wait_for(pid_t child, int pipe) {
  char word = 0;
  ssize_t got;
  while ((got = ::read(pipe, &word, 1)) < 0 && errno == EINTR) continue;
  if (got == 1) ::_exit(EXIT_SUCCESS);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : exit_failed);
}

}  // namespace

Background::Background(bool foreground) {
  if (foreground) return;
  int ends[2];
  const pid_t child = ::pipe2(ends, O_CLOEXEC) == 0 ? ::fork() : -1;
  if (child < 0) {
    std::perror("dftp-mount");
    std::exit(exit_failed);
  }
  if (child > 0) {
    ::close(ends[1]);
    wait_for(child, ends[0]);
  }
  ::close(ends[0]);
  parent_.reset(ends[1]);
}

void Background::ready() {
  if (!parent_) return;
  ::setsid();
  (void)!::chdir("/");
  const net::UniqueFd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere.get(), fd);
  (void)!::write(parent_.get(), "+", 1);
  parent_.reset();
}

}  // namespace dftp::mount
