#include "server/exec/keeper.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "proto/net/write_signals.h"
#include "proto/storage/descriptor.h"
#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "server/exec/keeper_messages.h"

namespace dftp::server {
namespace {

// What the server raised for itself is not the command's.
constexpr rlim_t open_files = 1024;

// ---- the socket

bool read_fully(int fd, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = uninterrupted([&] { return ::read(fd, out.data(), out.size()); });
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

Result<KeeperJob> read_job() {
  std::array<std::byte, frame_header_bytes> header;
  if (!read_fully(keeper_socket, header)) return fail(Code::usage, {}, "is started by the server only");
  const auto length = decode_frame_header(header, limits::frame_after_login);
  if (!length) return std::unexpected(length.error());
  std::string text(*length, '\0');
  if (!read_fully(keeper_socket, std::as_writable_bytes(std::span(text))))
    return fail(Code::protocol, {}, "the job is not whole");
  const auto value = json::parse(text);
  if (!value) return std::unexpected(value.error());
  return from_json<KeeperJob>(*value, "job");
}

void report(const ExecEnded& ended) {
  const std::string frame = encode_frame(json::write(to_json(ended)));
  // The server may have gone.
  (void)::send(keeper_socket, frame.data(), frame.size(), MSG_NOSIGNAL);
}

// ---- the command

// A vector as execve() takes it; `texts` must outlive it.
std::vector<char*> pointers(const std::vector<Name>& texts) {
  std::vector<char*> out;
  for (const Name& text : texts) out.push_back(const_cast<char*>(text.bytes.c_str()));
  out.push_back(nullptr);
  return out;
}

// Group rights first, as they cannot be given up once the user is another.
bool become_user(const KeeperJob& job) {
  if (!job.change_user) return true;
  const std::vector<gid_t> groups(job.groups.begin(), job.groups.end());
  if (::setgroups(groups.size(), groups.data()) != 0) return false;
  if (::setresgid(job.gid, job.gid, job.gid) != 0 || ::setresuid(job.uid, job.uid, job.uid) != 0) return false;
  uid_t real = 0, effective = 0, saved = 0;
  return ::getresuid(&real, &effective, &saved) == 0 && real == job.uid && effective == job.uid && saved == job.uid;
}

void limit(__rlimit_resource what, std::uint64_t max) {
  rlimit now{};
  if (max == 0 || ::getrlimit(what, &now) != 0) return;
  now.rlim_max = std::min<rlim_t>(now.rlim_max, max);
  now.rlim_cur = std::min(now.rlim_cur, now.rlim_max);
  ::setrlimit(what, &now);
}

// In the child. Returns only when something failed: then errno says what.
void become_command(const KeeperJob& job) {
  const auto argv = pointers(job.argv), environment = pointers(job.environment);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  net::restore_write_signals();
  ::umask(022);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = std::min(files.rlim_max, open_files);
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  limit(RLIMIT_AS, job.memory_limit);
  limit(RLIMIT_NPROC, job.process_limit);
  if (::setsid() < 0 || !become_user(job)) return;
  // Should the keeper be killed, and it alone. Changing the user takes it back, so not earlier.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
  if (::fchdir(keeper_directory) != 0 || ::close_range(keeper_socket, keeper_directory, 0) != 0) return;
  ::execve(argv.front(), argv.data(), environment.data());
}

// The command's process; or errno of what kept it from beginning.
Result<pid_t> start(const KeeperJob& job) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(errno, "fork");
  if (child == 0) {
    become_command(job);
    const int number = errno;
    (void)!::write(pipe[1], &number, sizeof number);
    ::_exit(127);
  }
  ::close(pipe[1]);
  int number = 0;
  const bool failed = read_fully(pipe[0], std::as_writable_bytes(std::span(&number, 1)));
  ::close(pipe[0]);
  if (failed) return fail_errno(number, job.argv.front().bytes);
  return child;
}

// Else the outputs would not come to their end before the keeper does.
void let_go_of_outputs() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
}

// ---- its family

// "PID (NAME) STATE PARENT ...", where NAME may hold anything.
pid_t parent_in(const std::string& stat) {
  int parent = 0;
  const std::size_t end = stat.rfind(')');
  return end != stat.npos && std::sscanf(stat.c_str() + end, ") %*c %d", &parent) == 1 ? parent : 0;
}

void kill_children() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string stat;
    if (std::getline(file, stat) && parent_in(stat) == ::getpid()) ::kill(std::stoi(name), SIGKILL);
  }
}

// What has ended. True while there are others.
bool reap(pid_t command, std::optional<int>& status) {
  for (;;) {
    int ended = 0;
    const pid_t pid = ::waitpid(-1, &ended, WNOHANG);
    if (pid == command) status = ended;
    if (pid <= 0) return pid == 0;
  }
}

// Orphans become the keeper's children (PR_SET_CHILD_SUBREAPER), so it is done when there are none.
void end_family(pid_t command, std::optional<int>& status) {
  constexpr timespec pause{0, 2'000'000};
  if (!status) ::kill(-command, SIGKILL);
  while (reap(command, status)) {
    kill_children();
    ::nanosleep(&pause, nullptr);
  }
}

// Until the command has ended, or the server has said its last word.
void wait_for_end(pid_t command, int signals, std::optional<int>& status) {
  std::array<pollfd, 2> waiting = {{{keeper_socket, POLLIN, 0}, {signals, POLLIN, 0}}};
  while (!status) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    signalfd_siginfo info;
    if (waiting[1].revents != 0) (void)!::read(signals, &info, sizeof info);
    reap(command, status);
    if (waiting[0].revents != 0) return;
  }
}

ExecEnded ended_with(std::optional<int> status) {
  ExecEnded ended;
  if (status && WIFEXITED(*status)) ended.status = WEXITSTATUS(*status);
  if (status && WIFSIGNALED(*status)) ended.signal = WTERMSIG(*status);
  return ended;
}

int watch_children() {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  return ::signalfd(-1, &children, SFD_CLOEXEC);
}

}  // namespace

int keep_command(std::span<const std::string>) {
  const auto job = read_job();
  if (!job || job->argv.empty()) {
    std::fputs("dftp-server: keep-command is started by the server only\n", stderr);
    return 2;
  }
  // No set-id program, so that nothing of it can grow out of reach.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
  const int signals = watch_children();
  const auto command = start(*job);
  let_go_of_outputs();
  if (!command) {
    report({.error = to_wire(command.error())});
    return 1;
  }
  std::optional<int> status;
  wait_for_end(*command, signals, status);
  end_family(*command, status);
  report(ended_with(status));
  return 0;
}

}  // namespace dftp::server
