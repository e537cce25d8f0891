#include "client/cli/verbs/attempts.h"

#include "client/cli/view/console.h"
#include "client/cli/view/retry_text.h"
#include "client/transient.h"

namespace dftp::cli {
namespace {

// False when it was interrupted.
net::Task<bool> pause(const Context& context, net::Duration delay) {
  constexpr net::Duration step = std::chrono::milliseconds(100);
  for (; delay > net::Duration(); delay -= step) {
    if (context.interrupts.received() != 0) co_return false;
    co_await net::sleep_for(std::min(delay, step));
  }
  co_return true;
}

}  // namespace

Attempts::Attempts(const Context& context, int retries)
    : context_(context),
      retries_(retries),
      backoff_(static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count())) {}

net::Task<bool> Attempts::again(Error why) {
  if (made_ >= retries_ || !client::is_transient(why.code)) co_return false;
  const auto delay = backoff_.next();
  context_.console.note(retry_text(why, delay, ++made_, retries_));
  co_return co_await pause(context_, delay);
}

}  // namespace dftp::cli
