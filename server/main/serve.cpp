#include "server/main/serve.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "proto/net/failures.h"
#include "proto/net/signals.h"
#include "proto/storage/standard_descriptors.h"
#include "proto/wire/wipe.h"
#include "server/admin/admin_socket.h"
#include "server/admin/review.h"
#include "server/announce/announcer.h"
#include "server/commands/table.h"
#include "server/exec/process.h"
#include "server/guard/guard.h"
#include "server/main/listener.h"
#include "server/main/preparation.h"
#include "server/main/server_state.h"
#include "server/main/terminal.h"
#include "server/main/user_watch.h"
#include "server/observe/log.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Computing a password's hash takes a core and some megabytes for a moment; so many at a time.
constexpr std::size_t login_threads = 2;
// What sessions get to say their last words in when they must end.
constexpr auto last_words = 12s;
constexpr auto look_again = 20ms;
constexpr net::Duration between_trims = 2s;

std::size_t hashing_threads(const Config& config) {
  return std::max<std::size_t>(config.disk_threads / 2, 1);
}

// Everything that runs. The pools go before the loops that their work comes back to, those before what their coroutines
// use.
class Server {
 public:
  Server(const Config& config, net::TlsServer& tls, RootDirectory root, Log& log);

  // Binds all addresses. Without the operator's socket it can do its work.
  Result<void> open() {
    auto opened = listeners_.open(main_.executor(), config_.listen);
    if (!opened) return opened;
    if (auto admin = admin_.open(main_.executor(), config_.state); !admin) observer_.note(Trouble{admin.error()});
    return opened;
  }
  // Whether the users can be read.
  Result<void> check() const { return authenticator_.check(); }
  std::vector<Endpoint> endpoints() const { return listeners_.endpoints(); }
  // Says on the local network that it is here. Code::usage when it has no address there.
  Result<void> announce();
  // Accepts until a signal comes, and then until everything has ended.
  void run();

 private:
  Result<DiscoveryAnswer> about() const;
  net::Task<void> until_stopped();
  net::Task<void> follow_hang_ups();
  net::Task<void> reload();
  net::Task<void> end_at_once();
  net::Task<void> give_back_memory();
  net::Task<void> all_ended(Clock::duration limit);
  void tell_sessions(void (*tell)(Control&));

  const Config& config_;
  net::TlsServer& tls_;
  Log& observer_;
  const Authenticator authenticator_;
  ServerState state_;
  ServerContext& context_ = state_.context;
  std::deque<Worker> workers_;
  net::Loop main_;
  Terminal terminal_;
  const bool goes_on_without_it_ = net::is_ignored(SIGHUP);
  net::Signals signals_{main_.executor(), {SIGTERM, SIGINT}}, hang_ups_{main_.executor(), {SIGHUP}};
  Listeners listeners_;
  AdminSocket admin_{context_};
  UserWatch user_watch_{context_, [this] { terminal_.look(); }};
  std::optional<Announcer> announcer_;
  net::DiskPool disk_, hashing_, logins_;
};

Server::Server(const Config& config, net::TlsServer& tls, RootDirectory root, Log& log)
    : config_(config),
      tls_(tls),
      observer_(log),
      authenticator_(config.state, {.anonymous = config.anonymous, .read_only = config.read_only, .talk = config.talk}),
      state_({.config = config,
              .commands = command_table(),
              .authenticator = authenticator_,
              .observer = log,
              .disk = disk_,
              .hashing = hashing_,
              .logins = logins_},
             std::move(root)),
      listeners_(tls, workers_),
      disk_(config.disk_threads + 1, config.disk_threads),
      hashing_(hashing_threads(config) + 1, hashing_threads(config)),
      logins_(login_threads) {
  for (std::size_t i = 0; i < config.threads; ++i) workers_.emplace_back(context_);
}

Result<DiscoveryAnswer> Server::about() const {
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.is_unix()) continue;
    return DiscoveryAnswer{.name = announced_name(config_), .port = endpoint.port, .fingerprint = tls_.fingerprint()};
  }
  return fail(Code::usage, "--announce", "needs an address on the network: --listen HOST:PORT");
}

Result<void> Server::announce() {
  const auto said = about();
  if (!said) return std::unexpected(said.error());
  announcer_.emplace(*said, endpoints());
  return announcer_->start(main_.executor());
}

void Server::run() {
  std::vector<std::jthread> threads;
  const auto told = [this](const Error& error) { observer_.note(Trouble{error}); };
  net::watch_failures(told);
  for (Worker& worker : workers_) {
    threads.emplace_back([&worker, told] {
      net::watch_failures(told);
      worker.loop.run();
    });
  }
  net::spawn(main_.executor(), give_back_memory());
  listeners_.start(main_.executor());
  admin_.start(main_.executor());
  user_watch_.start(main_.executor());
  net::spawn(main_.executor(), follow_hang_ups());
  for (const Endpoint& endpoint : endpoints()) std::printf("listening on %s\n", endpoint.text().c_str());
  std::fflush(stdout);
  net::run_until_done(main_, until_stopped());
  for (Worker& worker : workers_) worker.loop.stop();
  context_.guard.turns.close();
  net::watch_failures(nullptr);
}

// The C library keeps what a peak has left, for the next one.
net::Task<void> Server::give_back_memory() {
  for (;;) {
    auto pause = between_trims;
    co_await net::sleep_for(pause);
    if (context_.trim_due.exchange(false)) co_await disk_.run([] { return ::malloc_trim(0); });
  }
}

net::Task<void> Server::until_stopped() {
  co_await signals_.next();
  net::spawn(main_.executor(), end_at_once());
  observer_.note(ServerStopping{context_.sessions});
  context_.stopping = true;
  listeners_.close();
  admin_.close();
  user_watch_.close();
  if (announcer_) announcer_->close();
  tell_sessions([](Control& control) { control.drain(); });
  co_await all_ended(config_.grace);
  tell_sessions([](Control& control) { control.stop({Code::shutting_down, {}, {}, "the server is stopping"}); });
  co_await all_ended(last_words);
  signals_.close();
  hang_ups_.close();
  observer_.note(ServerStopped{});
}

net::Task<void> Server::follow_hang_ups() {
  for (;;) {
    const int number = co_await hang_ups_.next();
    if (number == 0) co_return;
    if (!goes_on_without_it_ && terminal_.hung_up()) {
      std::raise(SIGTERM);
    } else {
      co_await reload();
    }
  }
}

// What cannot be read leaves things as they are.
net::Task<void> Server::reload() {
  const auto tell = [this](const Result<void>& done) {
    if (!done) observer_.note(Trouble{done.error()});
  };
  tell(observer_.reopen());
  const auto read_identity = [this] { return tls_.reload(); };
  auto identity = co_await disk_.run(read_identity);
  tell(identity);
  const auto read_users = [this] { return authenticator_.read_anew(); };
  auto users = co_await disk_.run(read_users);
  tell(users);
  co_await review_all(context_);
  if (auto said = about(); announcer_ && said) announcer_->change(std::move(*said));
  observer_.note(ServerReloaded{tls_.fingerprint()});
}

// Whoever signals twice does not want to wait. What has arrived is on the disk, for a resume.
net::Task<void> Server::end_at_once() {
  const int number = co_await signals_.next();
  if (number != 0) std::_Exit(128 + number);
}

net::Task<void> Server::all_ended(Clock::duration limit) {
  const auto deadline = Clock::now() + limit;
  while (context_.controls > 0 && Clock::now() < deadline) co_await net::sleep_for(look_again);
}

// Runs on the worker's loop.
net::Task<void> tell_controls(Worker& worker, void (*tell)(Control&)) {
  for (Control* control : worker.controls) tell(*control);
  co_return;
}

void Server::tell_sessions(void (*tell)(Control&)) {
  for (Worker& worker : workers_) net::spawn(worker.loop.executor(), tell_controls(worker, tell));
}

// Past the buffer of standard output, where it would stay.
void say_secret(std::string& text) {
  std::fflush(stdout);
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = uninterrupted([&] { return ::write(STDOUT_FILENO, rest.data(), rest.size()); });
    if (written < 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  wipe(text);
}

Result<void> share(const Config& config, Log& log) {
  prepare_process();
  auto root = open_root(config.root);
  if (!root) return std::unexpected(at_key(config, "root", std::move(root.error())));
  auto tls = prepare_identity(config);
  if (!tls) return std::unexpected(tls.error());
  if (auto problems = check_exec(config); !problems.empty()) return std::unexpected(std::move(problems.front()));
  Server server(config, *tls, std::move(*root), log);
  if (auto opened = server.open(); !opened) return opened;
  if (auto usable = server.check(); !usable) return usable;
  if (auto announced = config.announce ? server.announce() : Result<void>(); !announced) return announced;
  // Not earlier: a server that cannot listen would have said the password to nobody's use.
  auto first = prepare_first_user(config, server.endpoints().front(), tls->fingerprint());
  if (!first) return std::unexpected(first.error());
  say_secret(*first);
  // At every start, for whoever is asked by a client whether it is the right one.
  std::printf("fingerprint %s\n", tls->fingerprint().c_str());
  log.note(ServerStarted{DFTP_VERSION, config.root, tls->fingerprint()});
  server.run();
  return {};
}

int complain(const Error& error) {
  std::fprintf(stderr, "dftp-server: %s\n", describe(error).c_str());
  return 1;
}

}  // namespace

int serve(const Config& config) {
  auto log = Log::open(config.log_file, config.log_format);
  if (!log) return complain(when("cannot write the log", log.error()));
  if (auto shared = share(config, **log); !shared) {
    // Whoever starts a server looks at the terminal, whoever keeps it running at the log.
    if (!config.log_file.empty()) (*log)->note(Trouble{shared.error()});
    return complain(shared.error());
  }
  return 0;
}

}  // namespace dftp::server
