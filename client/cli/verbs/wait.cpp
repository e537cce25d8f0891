#include "client/cli/verbs/wait.h"

#include "client/backoff.h"
#include "client/cli/view/console.h"
#include "client/transient.h"

namespace dftp::cli {

using Clock = std::chrono::steady_clock;

net::Task<void> wait_for_server(Context& context) {
  const auto& wait = context.settings.wait;
  const Endpoint& endpoint = context.session.options().endpoint;
  if (!wait || endpoint == Endpoint()) co_return;
  const auto end = Clock::now() + *wait;
  client::Backoff backoff(static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()));
  for (bool said = false;; said = true) {
    const auto connection = co_await context.session.connection();
    if (connection || !client::is_transient(connection.error().code)) co_return;
    const auto left = end - Clock::now();
    if (left <= net::Duration::zero()) co_return;
    if (!said) {
      context.console.note(
          "dftp-cli: " + client::followed_by(describe(connection.error()), "waiting for it for up to ") +
          std::to_string(wait->count()) + " s");
    }
    const net::Duration pause = std::min<net::Duration>(backoff.next(), left);
    co_await net::sleep_for(pause);
  }
}

}  // namespace dftp::cli
