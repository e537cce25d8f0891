#include "fuse/death_watch.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "proto/net/unique_fd.h"

namespace dftp::mount {
namespace {

constexpr int death_signal = SIGUSR1;

// Where it is not mounted, of a mount of its own, which needs root.
net::UniqueFd open_abort(const std::string& device) {
  const std::string path = device.substr(device.find(':') + 1) + "/abort";
  net::UniqueFd abort(::open(("/sys/fs/fuse/connections/" + path).c_str(), O_WRONLY | O_CLOEXEC));
  if (abort) return abort;
  const net::UniqueFd context(::fsopen("fusectl", FSOPEN_CLOEXEC));
  if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
  const net::UniqueFd connections(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!connections) return {};
  return net::UniqueFd(::openat(connections.get(), path.c_str(), O_WRONLY | O_CLOEXEC));
}

// In the child of a process that may have threads: system calls only.
[[noreturn]] void wait_and_abort(int abort, pid_t parent) {
  constexpr int kept = STDERR_FILENO + 1;
  ::dup3(abort, kept, 0);
  ::close_range(kept + 1, ~0U, 0);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
  ::setsid();
  (void)!::chdir("/");
  ::prctl(PR_SET_NAME, "dftp-mount-end");
  sigset_t signals;
  ::sigfillset(&signals);
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  ::sigemptyset(&signals);
  ::sigaddset(&signals, death_signal);
  // The kernel sends it when the thread ends that has forked, not the whole process.
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  if (::getppid() == parent) {
    while (::sigwaitinfo(&signals, nullptr) != death_signal) continue;
  }
  (void)!::write(kept, "1", 1);
  ::_exit(EXIT_SUCCESS);
}

}  // namespace

void watch_for_death(const std::string& device) {
  const net::UniqueFd abort = open_abort(device);
  if (!abort) return;
  const pid_t self = ::getpid();
  if (::fork() == 0) wait_and_abort(abort.get(), self);
}

}  // namespace dftp::mount
