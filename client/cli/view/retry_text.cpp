#include "client/cli/view/retry_text.h"

#include <cstdio>

#include "client/transient.h"

namespace dftp::cli {

std::string retry_text(const Error& why, net::Duration delay, int attempt, int of) {
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%.1f s", std::chrono::duration<double>(delay).count());
  return "dftp-cli: " + client::followed_by(describe(why), "trying again in ") + seconds + " (" +
         std::to_string(attempt) + " of " + std::to_string(of) + ")";
}

}  // namespace dftp::cli
