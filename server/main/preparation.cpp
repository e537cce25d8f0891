#include "server/main/preparation.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "proto/wire/wipe.h"
#include "server/auth/first_user.h"
#include "server/auth/user_file.h"
#include "server/exec/process.h"

namespace dftp::server {
namespace {

// 128 KiB of the kernel's memory.
constexpr rlim_t table_size = 16384;

// What runs as root must be meant to.
Result<void> may_run(const ExecCommand& command) {
  if (command.run_as.empty() && ::geteuid() == 0)
    return fail(Code::usage, {}, "this server is root: run-as must say as whom the command runs");
  if (auto possible = check_run_as(command.run_as); !possible)
    return fail(Code::usage, {}, "run-as: " + describe(possible.error()));
  return {};
}

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

// A client on another machine needs a name of this one; a guess, where the server listens on all of its addresses.
Endpoint as_seen_by_clients(Endpoint endpoint) {
  if (endpoint.is_unix() || (endpoint.host != "::" && endpoint.host != "0.0.0.0" && !endpoint.host.empty()))
    return endpoint;
  endpoint.host = machine_name();
  return endpoint;
}

}  // namespace

Result<RootDirectory> open_root(const std::filesystem::path& root) {
  const int fd = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, root);
  ::close(fd);
  return RootDirectory::open(root, InnerLinks::beneath);
}

Problems check_exec(const Config& config) {
  Problems problems;
  for (const ExecCommand& command : config.exec) {
    auto possible = may_run(command);
    if (possible) continue;
    Error error = at_key(config, "exec." + command.name, possible.error());
    if (error.where.empty()) error.where = "[exec." + command.name + "]";
    problems.push_back(std::move(error));
  }
  return problems;
}

void prepare_process() {
  // What some servers are sent to have their logs opened anew.
  for (const int number : {SIGUSR1, SIGUSR2}) std::signal(number, SIG_IGN);
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);  // fewer connections then, and nothing worse
  // The kernel's table of them grows by doubling, and each time all threads wait for 15 to 30 ms.
  const auto max = std::min<rlim_t>(descriptors.rlim_cur, table_size) - 1;
  ::close(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(max)));
}

IdentityFiles identity_files(const Config& config) {
  if (!config.certificate.empty()) return {config.certificate, config.key};
  return {config.state / "server.crt", config.state / "server.key"};
}

Result<net::TlsServer> prepare_identity(const Config& config) {
  if (auto made = make_state(config.state); !made) return std::unexpected(at_key(config, "state", made.error()));
  const auto [certificate, key] = identity_files(config);
  if (!config.certificate.empty()) {
    auto given = net::TlsServer::load(certificate, key);
    if (!given) return std::unexpected(at_key(config, "certificate", std::move(given.error())));
    return given;
  }
  if (auto made = net::make_server_identity(certificate, key); !made) return std::unexpected(made.error());
  return net::TlsServer::load(certificate, key);
}

Result<std::string> prepare_first_user(const Config& config, const Endpoint& reachable,
                                       const std::string& fingerprint) {
  if (config.anonymous) return std::string();
  auto first = make_first_user(config.state);
  if (!first) return std::unexpected(first.error());
  if (!*first) return std::string();
  const Url url{.endpoint = as_seen_by_clients(reachable), .user = (*first)->name, .path = {}, .directory = true};
  const std::string pin = reachable.is_unix() ? "" : "--fingerprint " + fingerprint + " ";
  const auto line = [](std::string_view title, std::string_view text) {
    return "  " + std::string(title) + std::string(text) + "\n";
  };
  std::string text;
  text.reserve(4096);  // so that the password is in one place
  text += "This share had no users, so one was made. The password is shown only this once:\n";
  text += line("user         ", (*first)->name);
  (text += "  password     ").append((*first)->password) += '\n';
  text += line("fingerprint  ", fingerprint);
  text += line("log in with  ", "dftp-cli " + pin + url.text());
  wipe((*first)->password);
  return text;
}

LoginPolicy login_policy(const Config& config) {
  return {.anonymous = config.anonymous, .read_only = config.read_only, .talk = config.talk};
}

std::string announced_name(const Config& config) {
  if (!config.announce_name.empty()) return config.announce_name;
  const std::string share = config.root.filename().empty() ? "/" : config.root.filename().string();
  return printable(share + " on " + machine_name()).substr(0, limits::announced_name);
}

}  // namespace dftp::server
