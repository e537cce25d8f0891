// The running server: its objects, its loops, and what it does from the first connection to the last.
#pragma once

#include <deque>
#include <optional>

#include "proto/net/signals.h"
#include "server/admin/admin_socket.h"
#include "server/announce/announcer.h"
#include "server/config/command_line.h"
#include "server/config/current_config.h"
#include "server/main/certificate_watch.h"
#include "server/main/listener.h"
#include "server/main/reloading.h"
#include "server/main/server_state.h"
#include "server/main/service_manager.h"
#include "server/main/terminal.h"
#include "server/main/user_watch.h"
#include "server/observe/log.h"

namespace dftp::server {

// Everything that runs. The pools go before the loops that their work comes back to, those before what their coroutines
// use.
class Server {
 public:
  // `line`: what the configuration was made from.
  Server(const ProgramCommandLine& line, CurrentConfig& config, const Confinement& confinement, net::TlsServer& tls,
         RootDirectory root, Log& log, ServiceManager& manager);

  // Binds all addresses, or takes over what the service manager listens on. Without the operator's socket it can do its
  // work.
  Result<void> open() {
    auto sockets = manager_.take_sockets();
    auto opened = sockets.empty() ? listeners_.open(main_.executor(), config_->listen)
                                  : listeners_.adopt(main_.executor(), std::move(sockets));
    if (!opened) return opened;
    if (auto admin = admin_.open(main_.executor(), config_->state); !admin) observer_.note(Trouble{admin.error()});
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
  void announce_anew();
  net::Task<void> until_stopped();
  net::Task<void> follow_hang_ups();
  net::Task<Result<ReloadReply>> reload();
  net::Task<void> end_at_once();
  net::Task<void> give_back_memory();
  net::Task<void> tell_manager();
  void renewed(const Result<void>& done);
  net::Task<void> all_ended(std::chrono::steady_clock::duration limit);
  void tell_sessions(void (*tell)(Control&));

  CurrentConfig& config_;
  net::TlsServer& tls_;
  Log& observer_;
  ServiceManager& manager_;
  Authenticator authenticator_;
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
  CertificateWatch certificate_watch_{tls_, disk_, [this](const Result<void>& done) { renewed(done); }};
  Reloading reloading_;
};

}  // namespace dftp::server
