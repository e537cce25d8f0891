#include "server/guard/guard.h"

#include <sys/resource.h>

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// As MaxStartups of OpenSSH is written: from a tenth of them on three of ten are dropped, and more the more there are.
constexpr double first_dropped = 0.1, dropped_then = 0.3;

std::size_t open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return limit.rlim_cur == RLIM_INFINITY ? SIZE_MAX / 2 : static_cast<std::size_t>(limit.rlim_cur);
}

BudgetTable table_of(const Config& config, std::size_t descriptors) {
  return budget_table({.sessions = config.max_sessions,
                       .sessions_per_user = config.max_sessions_per_user,
                       .sessions_per_source = config.max_sessions_per_source,
                       .descriptors = descriptors,
                       .watches = config.max_watches});
}

}  // namespace

Guard::Guard(const CurrentConfig& config)
    : config(config),
      descriptors(open_files_limit()),
      newcomers(std::min<std::size_t>(limits::unknown_connections, descriptors / 4 * 3)),
      budgets(table_of(*config.get(), descriptors)) {}

void Guard::take_limits() {
  budgets.change(table_of(*config.get(), descriptors));
}

bool Guard::exempt(const std::string& source) const {
  return is_address_in(source.substr(0, source.find('/')), config->penalty_exempt);
}

void Guard::offended(const std::string& source, Offence offence) {
  if (config->penalties && !exempt(source)) penalties.add(source, offence, Penalties::Clock::now());
}

std::chrono::steady_clock::duration Guard::kept_out(const std::string& source) const {
  return has_session(source) ? Penalties::Clock::duration{} : penalties.refused_for(source, Penalties::Clock::now());
}

bool Guard::drops(std::size_t unknown, double chance) const {
  const double begin = first_dropped * static_cast<double>(newcomers);
  const double over = static_cast<double>(unknown) - begin;
  if (over < 0) return false;
  return chance < dropped_then + (1 - dropped_then) * over / (static_cast<double>(newcomers) - begin);
}

std::size_t Guard::files_of_transfer() const {
  const std::size_t share = budgets.budget(Counted::descriptors).user;
  return std::clamp<std::size_t>(share / 32, files_of_plain_transfer, limits::open_files);
}

}  // namespace dftp::server
