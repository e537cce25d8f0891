#include "server/main/server.h"

#include <malloc.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "proto/net/failures.h"
#include "server/admin/review.h"
#include "server/commands/table.h"
#include "server/guard/guard.h"
#include "server/main/preparation.h"
#include "server/main/pulse.h"

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
// The manager hears so often how the server is.
constexpr net::Duration status_interval = 10s;

std::size_t hashing_threads(const CurrentConfig& config) {
  return std::max<std::size_t>(config->disk_threads / 2, 1);
}

// Runs on the worker's loop.
net::Task<void> tell_controls(Worker& worker, void (*tell)(Control&)) {
  for (Control* control : worker.controls) tell(*control);
  co_return;
}

}  // namespace

Server::Server(const ProgramCommandLine& line, CurrentConfig& config, const Confinement& confinement,
               net::TlsServer& tls, RootDirectory root, Log& log, ServiceManager& manager)
    : config_(config),
      tls_(tls),
      observer_(log),
      manager_(manager),
      authenticator_(config->state, login_policy(*config.get())),
      state_({.config = config,
              .commands = command_table(),
              .authenticator = authenticator_,
              .observer = log,
              .disk = disk_,
              .hashing = hashing_,
              .logins = logins_},
             std::move(root)),
      listeners_(tls, workers_),
      disk_(config->disk_threads + 1, config->disk_threads),
      hashing_(hashing_threads(config) + 1, hashing_threads(config)),
      logins_(login_threads),
      reloading_({.line = line,
                  .config = config,
                  .confinement = confinement,
                  .log = log,
                  .certificate = certificate_watch_,
                  .authenticator = authenticator_,
                  .guard = context_.guard,
                  .rate_limits = context_.rate_limits}) {
  context_.reload = [this] { return reload(); };
  for (std::size_t i = 0; i < config->threads; ++i) workers_.emplace_back(context_);
}

Result<DiscoveryAnswer> Server::about() const {
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.is_unix()) continue;
    return DiscoveryAnswer{
        .name = announced_name(*config_.get()), .port = endpoint.port, .fingerprint = tls_.fingerprint()};
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
  certificate_watch_.start(main_.executor());
  net::spawn(main_.executor(), follow_hang_ups());
  for (const Endpoint& endpoint : endpoints()) std::printf("listening on %s\n", endpoint.text().c_str());
  std::fflush(stdout);
  manager_.tell("READY=1");
  net::spawn(main_.executor(), tell_manager());
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

// How the server is, and that it is well: the manager starts it anew when it hears nothing for too long.
net::Task<void> Server::tell_manager() {
  if (!manager_.is_there()) co_return;
  std::vector<net::Executor> loops;
  for (Worker& worker : workers_) loops.push_back(worker.loop.executor());
  Pulse pulse(main_.executor(), std::move(loops), {&disk_, &hashing_, &logins_});
  const bool watched = manager_.watchdog().count() > 0;
  const net::Duration pause =
      watched ? std::min<net::Duration>(manager_.watchdog() / 3, status_interval) : status_interval;
  for (;;) {
    co_await pulse.beat();
    const std::size_t sessions = context_.sessions;
    manager_.tell((watched ? "WATCHDOG=1\n" : "") + ("STATUS=" + std::to_string(sessions)) +
                  (sessions == 1 ? " session" : " sessions"));
    co_await net::sleep_for(pause);
  }
}

void Server::renewed(const Result<void>& done) {
  if (!done) return observer_.note(Trouble{when("the certificate stays as it was", done.error())});
  announce_anew();
  observer_.note(CertificateRenewed{tls_.fingerprint()});
}

void Server::announce_anew() {
  if (auto said = about(); announcer_ && said) announcer_->change(std::move(*said));
}

net::Task<void> Server::until_stopped() {
  co_await signals_.next();
  // As long as it takes at most, and a little more.
  const auto grace = config_->grace;
  const auto limit = std::chrono::duration_cast<std::chrono::microseconds>(grace + 2 * last_words);
  manager_.tell("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=" + std::to_string(limit.count()));
  net::spawn(main_.executor(), end_at_once());
  observer_.note(ServerStopping{context_.sessions});
  context_.stopping = true;
  listeners_.close();
  admin_.close();
  user_watch_.close();
  certificate_watch_.close();
  if (announcer_) announcer_->close();
  tell_sessions([](Control& control) { control.drain(); });
  co_await all_ended(grace);
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
      auto done = co_await reload();  // which is in the log
    }
  }
}

// A log that was moved away is opened anew whatever else can be read.
net::Task<Result<ReloadReply>> Server::reload() {
  if (context_.stopping) co_return fail(Code::shutting_down, {}, "the server is stopping");
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch());
  manager_.tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
  if (auto reopened = observer_.reopen(); !reopened) observer_.note(Trouble{reopened.error()});
  const auto take_up = [this] { return reloading_.run(); };
  auto changed = co_await disk_.run(take_up);
  co_await review_all(context_);
  announce_anew();
  if (changed) {
    observer_.note(ServerReloaded{tls_.fingerprint(), *changed});
  } else {
    observer_.note(ServerNotReloaded{changed.error()});
  }
  if (!context_.stopping) manager_.tell("READY=1");
  if (!changed) co_return std::unexpected(std::move(changed.error()));
  co_return ReloadReply{std::move(*changed)};
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

void Server::tell_sessions(void (*tell)(Control&)) {
  for (Worker& worker : workers_) net::spawn(worker.loop.executor(), tell_controls(worker, tell));
}

}  // namespace dftp::server
