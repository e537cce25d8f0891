#include "client/cli/shell/local_command.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "proto/net/write_signals.h"

namespace dftp::cli {
namespace {

// With the signals as a program expects them: this one takes some and ignores others.
int spawn_and_wait(const std::string& command) {
  const char* named = std::getenv("SHELL");
  const std::string shell = named && *named ? named : "/bin/sh";
  std::vector<const char*> arguments = {shell.c_str()};
  if (!command.empty()) arguments.insert(arguments.end(), {"-c", command.c_str()});
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t usual, none;
  ::sigemptyset(&none);
  ::sigemptyset(&usual);
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) ::sigaddset(&usual, signal);
  for (const int signal : net::write_signals) ::sigaddset(&usual, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, shell.c_str(), nullptr, &attributes, const_cast<char* const*>(arguments.data()), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return 127;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

net::Task<int> run_local_command(net::DiskPool& pool, const std::string& command) {
  const auto run = [&] { return spawn_and_wait(command); };
  co_return co_await pool.run(run);
}

}  // namespace dftp::cli
