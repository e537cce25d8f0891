// Who may come in, and how much each may have: what stands between one client and all others.
#pragma once

#include "server/config/current_config.h"
#include "server/guard/budgets.h"
#include "server/guard/login_turns.h"
#include "server/guard/penalties.h"
#include "server/observe/source.h"

namespace dftp::server {

struct Guard {
  explicit Guard(const CurrentConfig& config);
  // Limits of the configuration that holds now are those of everybody from now on; what somebody has stays.
  void take_limits();

  // Who is not: kept out or dropped, but served in turn like everybody.
  bool exempt(const std::string& source) const;
  // A source of which somebody works here is delayed, and not refused: others come from the same address.
  bool has_session(const std::string& source) const { return budgets.has(source, Counted::sessions); }
  void offended(const std::string& source, Offence offence);
  // How long a newcomer of the source is kept out from now on; zero: it may come in.
  std::chrono::steady_clock::duration kept_out(const std::string& source) const;
  // Whether one more connection without a login, beside so many, is dropped before they are too many: `chance` is from
  // 0 to 1.
  bool drops(std::size_t unknown, double chance) const;

  const CurrentConfig& config;
  const std::size_t descriptors;  // that this process may have
  const std::size_t newcomers;    // connections without a login, in all
  Budgets budgets;
  Penalties penalties{};
  LoginTurns turns{};

  // Files that a transfer may keep open.
  std::size_t files_of_transfer() const;
  // The same of one that goes into no directories.
  static constexpr std::size_t files_of_plain_transfer = 8;
};

}  // namespace dftp::server
