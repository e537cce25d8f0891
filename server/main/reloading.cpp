#include "server/main/reloading.h"

#include <algorithm>
#include <iterator>

#include "server/config/config_changes.h"
#include "server/main/preparation.h"

namespace dftp::server {
namespace {

// One line for the log: the first, and that there are more.
Error summary(Problems problems) {
  Error first = std::move(problems.front());
  if (problems.size() > 1)
    first.detail += "; and " + std::to_string(problems.size() - 1) + " more: dftp-server --check says all";
  return first;
}

// What only a server that is started anew can do. The error as it is, if that is not the reason.
Error explained(const Confinement& confinement, Error error) {
  if (confinement.landlock && error.errno_name == "EACCES")
    error.detail += "; what was not named at the start is out of its reach: restart the server";
  return error;
}

}  // namespace

Result<Config> Reloading::read() const {
  Problems problems;
  Config config = make_config(parts_.line, problems);
  if (problems.empty()) std::ranges::move(check_exec(config), std::back_inserter(problems));
  if (!problems.empty()) return std::unexpected(summary(std::move(problems)));
  if (parts_.confinement.landlock && !config.exec.empty()) {
    const std::string reason = "a server that was started without remote commands can run none; restart the server";
    return std::unexpected(at_key(config, "exec." + config.exec.front().name, {Code::usage, {}, {}, reason}));
  }
  return config;
}

Result<std::vector<std::string>> Reloading::run() {
  const std::lock_guard lock(mutex_);
  auto config = read();
  if (!config) return std::unexpected(std::move(config.error()));
  auto changed = changes_without_restart(*parts_.config.get(), *config);
  if (!changed) return changed;
  const auto [certificate, key] = identity_files(*config);
  auto identity = parts_.certificate.read(certificate, key);
  if (!identity)
    return std::unexpected(at_key(*config, "certificate", explained(parts_.confinement, std::move(identity.error()))));
  if (auto users = parts_.authenticator.read_anew(); !users) return std::unexpected(std::move(users.error()));
  // The last that can fail, and it changes the log.
  if (auto log = parts_.log.change(config->log_file, config->log_format); !log)
    return std::unexpected(at_key(*config, "log-file", explained(parts_.confinement, std::move(log.error()))));
  parts_.certificate.use(std::move(*identity));
  take_up(std::move(*config));
  return changed;
}

void Reloading::take_up(Config config) {
  const LoginPolicy policy = login_policy(config);
  const std::uint64_t rate = config.limit_rate;
  parts_.config.set(std::move(config));
  parts_.guard.take_limits();
  parts_.rate_limits.change(rate);
  // The last: who is here is looked at for this.
  parts_.authenticator.change(policy);
}

}  // namespace dftp::server
