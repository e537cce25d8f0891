#include "server/exec/process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "server/exec/keeper_messages.h"

namespace dftp::server {
namespace {

// Above all that the keeper is given, so that no descriptor is overwritten before it has been copied.
constexpr int out_of_the_way = 16;

struct SystemUser {
  std::string name, home, shell;
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
};

std::vector<std::uint32_t> groups_of(const std::string& name, gid_t gid) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(name.c_str(), gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(name.c_str(), gid, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(count));
  return {groups.begin(), groups.end()};
}

// The user of this name; without one the user that this process runs as.
Result<SystemUser> find_system_user(const std::string& name) {
  std::vector<char> buffer(64 * 1024);
  passwd entry{}, *found = nullptr;
  const int error = name.empty() ? ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found)
                                 : ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (error != 0) return fail_errno(error, name);
  if (!found && name.empty()) return SystemUser{"", "/", "/bin/sh", ::geteuid(), ::getegid(), {}};
  if (!found) return fail(Code::not_found, name, "this machine has no such user");
  return SystemUser{entry.pw_name, entry.pw_dir, entry.pw_shell,
                    entry.pw_uid,  entry.pw_gid, groups_of(entry.pw_name, entry.pw_gid)};
}

// Nothing of the server's own.
std::vector<Name> environment_of(const ProcessPlan& plan, const SystemUser& user) {
  return {{"PATH=/usr/local/bin:/usr/bin:/bin"},
          {"HOME=" + user.home},
          {"USER=" + user.name},
          {"LOGNAME=" + user.name},
          {"SHELL=" + user.shell},
          {"LANG=C.UTF-8"},
          {"DFTP_USER=" + plan.user},
          {"DFTP_PEER=" + plan.peer}};
}

Result<KeeperJob> job_of(const ProcessPlan& plan) {
  if (auto possible = check_run_as(plan.run_as); !possible) return std::unexpected(possible.error());
  const auto user = find_system_user(plan.run_as);
  if (!user) return std::unexpected(user.error());
  KeeperJob job{.argv = {},
                .environment = environment_of(plan, *user),
                .change_user = user->uid != ::geteuid(),
                .uid = user->uid,
                .gid = user->gid,
                .groups = user->groups,
                .memory_limit = plan.memory_limit,
                .process_limit = plan.process_limit};
  for (const std::string& argument : plan.argv) job.argv.push_back({argument});
  return job;
}

Result<net::UniqueFd> moved(int fd) {
  if (fd < 0) return fail_errno(errno, "descriptor");
  if (fd >= out_of_the_way) return net::UniqueFd(fd);
  net::UniqueFd high(::fcntl(fd, F_DUPFD_CLOEXEC, out_of_the_way));
  const int number = errno;
  ::close(fd);
  if (!high) return fail_errno(number, "descriptor");
  return high;
}

struct Ends {
  net::UniqueFd ours, theirs;
};

Result<Ends> both_ends(int ours, int theirs) {
  auto one = moved(ours), other = moved(theirs);
  if (!one) return std::unexpected(one.error());
  if (!other) return std::unexpected(other.error());
  return Ends{std::move(*one), std::move(*other)};
}

Result<Ends> make_pipe(bool we_read) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  return we_read ? both_ends(pipe[0], pipe[1]) : both_ends(pipe[1], pipe[0]);
}

Result<Ends> make_socket_pair() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return fail_errno(errno, "socketpair");
  return both_ends(pair[0], pair[1]);
}

Result<Ends> make_input(bool wanted) {
  if (wanted) return make_pipe(false);
  auto null = moved(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) return std::unexpected(null.error());
  return Ends{{}, std::move(*null)};
}

// posix_spawn() runs nothing of ours between fork and exec, and copies none of the server's memory.
class Spawning {
 public:
  Spawning() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  void give(const net::UniqueFd& fd, int as) { ::posix_spawn_file_actions_adddup2(&actions_, fd.get(), as); }

  Result<int> run() {
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, keeper_directory + 1);
    std::string program = "dftp-server", word(keeper_word);
    char* argv[] = {program.data(), word.data(), nullptr};
    int keeper = -1;
    // The running program, even if another one has been installed over it.
    const int error = ::posix_spawn(&keeper, "/proc/self/exe", &actions_, &attributes_, argv, environ);
    if (error != 0) return fail_errno(error, "/proc/self/exe");
    return keeper;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Result<void> send_job(int socket, const KeeperJob& job) {
  const std::string frame = encode_frame(json::write(to_json(job)));
  for (std::size_t sent = 0; sent < frame.size();) {
    const ssize_t put =
        uninterrupted([&] { return ::send(socket, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL); });
    if (put < 0) return fail_errno(errno, "keeper");
    sent += static_cast<std::size_t>(put);
  }
  return {};
}

}  // namespace

Result<void> check_run_as(const std::string& run_as) {
  if (run_as.empty()) return {};
  const auto user = find_system_user(run_as);
  if (!user) return std::unexpected(user.error());
  if (user->uid == ::geteuid() || ::geteuid() == 0) return {};
  return fail(Code::denied, run_as, "only a server that is root can run a command as another user");
}

Result<Process> start_process(const ProcessPlan& plan) {
  const auto job = job_of(plan);
  if (!job) return std::unexpected(job.error());
  auto control = make_socket_pair(), input = make_input(plan.input), output = make_pipe(true), errors = make_pipe(true);
  auto directory = moved(::fcntl(plan.directory.number(), F_DUPFD_CLOEXEC, out_of_the_way));
  for (const Result<Ends>* ends : {&control, &input, &output, &errors}) {
    if (!*ends) return std::unexpected(ends->error());
  }
  if (!directory) return std::unexpected(directory.error());
  Spawning spawning;
  spawning.give(input->theirs, STDIN_FILENO);
  spawning.give(output->theirs, STDOUT_FILENO);
  spawning.give(errors->theirs, STDERR_FILENO);
  spawning.give(control->theirs, keeper_socket);
  spawning.give(*directory, keeper_directory);
  const auto keeper = spawning.run();
  if (!keeper) return std::unexpected(keeper.error());
  // Whatever becomes of the keeper, nothing here waits for an end that is held here.
  for (Ends* ends : {&*control, &*input, &*output, &*errors}) ends->theirs.reset();
  if (auto sent = send_job(control->ours.get(), *job); !sent) {
    control->ours.reset();
    wait_for_keeper(*keeper);
    return std::unexpected(sent.error());
  }
  return Process{*keeper, std::move(control->ours), std::move(input->ours), std::move(output->ours),
                 std::move(errors->ours)};
}

void wait_for_keeper(int keeper) {
  int status = 0;
  (void)uninterrupted([&] { return ::waitpid(keeper, &status, 0); });
}

}  // namespace dftp::server
