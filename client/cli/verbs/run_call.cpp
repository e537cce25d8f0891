#include "client/cli/verbs/run_call.h"

#include <csignal>

#include "client/cli/verbs/time_limit.h"
#include "client/cli/view/report.h"

namespace dftp::cli {

// A person goes on with the session, and a job is not to end the program; what hangs is the connection.
Interrupts::Action dropping_connection(Context& context) {
  if (!context.interactive && !context.background) return {};
  return [&context](int signal) {
    if (signal != SIGINT) context.interrupts.leave(signal);
    context.session.drop();
  };
}

net::Task<int> run_call(Context& context, const Call& call) {
  Report report(context.console, *call.verb);
  const Interruptible interruptible(context.interrupts, dropping_connection(context));
  auto result = co_await call.verb->handler(context, call, report);
  const auto& limit = context.settings.timeout;
  if (!result && limit && context.interrupts.expired()) result = std::unexpected(out_of_time(*limit));
  const int signal = context.interrupts.received();
  if (signal == SIGINT) context.interrupts.forget();
  co_return report.finish(result, signal);
}

}  // namespace dftp::cli
