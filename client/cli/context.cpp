#include "client/cli/context.h"

#include <cstdio>

#include "client/backoff.h"
#include "client/cli/console.h"
#include "client/transient.h"

namespace dftp::cli {
namespace {

net::Task<Result<LoginReply>> log_in_once(client::Session& session) {
  auto connection = co_await session.connection();
  if (!connection) co_return std::unexpected(std::move(connection.error()));
  co_return co_await (*connection)->logged_in();
}

}  // namespace

std::string retry_text(const Error& why, net::Duration delay, int attempt, int of) {
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%.1f s", std::chrono::duration<double>(delay).count());
  return "dftp-cli: " + client::followed_by(describe(why), "trying again in ") + seconds + " (" +
         std::to_string(attempt) + " of " + std::to_string(of) + ")";
}

net::Task<Result<LoginReply>> log_in(Context& context) {
  const int retries = context.settings.retries.value_or(0);
  client::Backoff backoff(static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
  for (int attempt = 1;; ++attempt) {
    auto reply = co_await log_in_once(context.session);
    if (reply || attempt > retries || !client::is_transient(reply.error().code)) co_return reply;
    const auto delay = backoff.next();
    context.console.note(retry_text(reply.error(), delay, attempt, retries));
    co_await net::sleep_for(delay);
  }
}

}  // namespace dftp::cli
