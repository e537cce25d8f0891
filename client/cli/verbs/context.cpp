#include "client/cli/verbs/context.h"

#include <cstdio>

#include "client/cli/verbs/attempts.h"
#include "client/cli/view/console.h"
#include "client/transient.h"

namespace dftp::cli {
namespace {

net::Task<Result<LoginReply>> log_in_once(client::ServerHandle& session) {
  auto connection = co_await session.connection();
  if (!connection) co_return std::unexpected(std::move(connection.error()));
  co_return co_await (*connection)->logged_in();
}

}  // namespace

int retries_of(const Context& context) {
  const bool first_at_terminal = context.interactive && !context.session.met();
  return context.settings.retries.value_or(first_at_terminal ? 0 : default_retries);
}

Context context_of_job(const Context& context, Console& console, Interrupts& interrupts, JobStatus& status,
                       std::string label) {
  const client::ServerHandle session = context.session.another();
  return {.session = session,
          .remote = client::Remote(session),
          .console = console,
          .interrupts = interrupts,
          .settings = context.settings,
          .in_session = true,
          .interactive = false,
          .commands_on_stdin = context.commands_on_stdin,
          .directory = context.directory,
          .shell = context.shell,
          .background = &status,
          .label = std::move(label),
          .connect = context.connect,
          .settings_for = context.settings_for,
          .preferences = context.preferences};
}

net::Task<Result<void>> reach(Context& context) {
  Attempts attempts(context);
  while (true) {
    const auto connection = co_await context.session.connection();
    if (connection) co_return Result<void>();
    const bool again = co_await attempts.again(connection.error());
    if (context.interrupts.received() != 0) co_return fail(Code::cancelled, {}, "interrupted");
    if (!again) co_return std::unexpected(connection.error());
  }
}

net::Task<Result<LoginReply>> log_in(Context& context) {
  return log_in(context, retries_of(context));
}

net::Task<Result<LoginReply>> log_in(Context& context, int retries) {
  Attempts attempts(context, retries);
  while (true) {
    auto reply = co_await log_in_once(context.session);
    if (reply) co_return reply;
    const bool again = co_await attempts.again(reply.error());
    if (context.interrupts.received() != 0) co_return fail(Code::cancelled, {}, "interrupted");
    if (!again) co_return reply;
  }
}

}  // namespace dftp::cli
