#include "server/main/serve.h"

#include <unistd.h>

#include <cstdio>

#include "proto/storage/standard_descriptors.h"
#include "proto/wire/wipe.h"
#include "server/auth/user_file.h"
#include "server/main/confinement.h"
#include "server/main/preparation.h"
#include "server/main/server.h"

namespace dftp::server {
namespace {

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

Result<void> share(const ProgramCommandLine& line, CurrentConfig& current, const Confinement& confinement, Log& log,
                   ServiceManager& manager) {
  prepare_process();
  const auto held = current.get();
  const Config& config = *held;
  auto root = open_root(config.root);
  if (!root) return std::unexpected(at_key(config, "root", std::move(root.error())));
  auto tls = prepare_identity(config);
  if (!tls) return std::unexpected(tls.error());
  if (auto problems = check_exec(config); !problems.empty()) return std::unexpected(std::move(problems.front()));
  Server server(line, current, confinement, *tls, std::move(*root), log, manager);
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
  log.note(ServerConfined{confinement.privileges, confinement.landlock, confinement.reason});
  server.run();
  return {};
}

int complain(const Error& error) {
  std::fprintf(stderr, "dftp-server: %s\n", describe(error).c_str());
  return 1;
}

}  // namespace

int serve(const ProgramCommandLine& line, Config config) {
  ServiceManager manager = ServiceManager::from_environment();
  // Before the log, which has the first thread. A state directory that cannot be made is complained about below.
  auto made = make_state(config.state);
  const Confinement confinement = confine(config);
  auto log = Log::open(config.log_file, config.log_format);
  if (!log) return complain(when("cannot write the log", log.error()));
  CurrentConfig current(std::move(config));
  if (auto shared = share(line, current, confinement, **log, manager); !shared) {
    // Whoever starts a server looks at the terminal, whoever keeps it running at the log.
    if (!current->log_file.empty()) (*log)->note(Trouble{shared.error()});
    return complain(shared.error());
  }
  return 0;
}

}  // namespace dftp::server
