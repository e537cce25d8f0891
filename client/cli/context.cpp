#include "client/cli/context.h"

#include <cstdio>

#include "client/backoff.h"
#include "client/cli/console.h"
#include "client/transient.h"

namespace dftp::cli {
namespace {

constexpr int patient_retries = 10;

net::Task<Result<LoginReply>> log_in_once(client::Session& session) {
  auto connection = co_await session.connection();
  if (!connection) co_return std::unexpected(std::move(connection.error()));
  co_return co_await (*connection)->logged_in();
}

// False when it was interrupted.
net::Task<bool> pause(const Context& context, net::Duration delay) {
  constexpr net::Duration step = std::chrono::milliseconds(100);
  for (; delay > net::Duration(); delay -= step) {
    if (context.interrupts.received() != 0) co_return false;
    co_await net::sleep_for(std::min(delay, step));
  }
  co_return true;
}

// A person who was logged in already wants to go on.
int retries_of(const Context& context) {
  const bool again = context.interactive && context.session.met();
  return context.settings.retries.value_or(again ? patient_retries : 0);
}

}  // namespace

Context context_of_job(const Context& context, Console& console, Interrupts& interrupts, JobStatus& status,
                       std::string label) {
  const client::Session session = context.session.another();
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
          .connect = context.connect};
}

std::string retry_text(const Error& why, net::Duration delay, int attempt, int of) {
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%.1f s", std::chrono::duration<double>(delay).count());
  return "dftp-cli: " + client::followed_by(describe(why), "trying again in ") + seconds + " (" +
         std::to_string(attempt) + " of " + std::to_string(of) + ")";
}

net::Task<Result<void>> reach(Context& context) {
  if (retries_of(context) > 0) {
    const auto login = co_await log_in(context);
    if (!login) co_return std::unexpected(login.error());
  } else {
    const auto connection = co_await context.session.connection();
    if (!connection) co_return std::unexpected(connection.error());
  }
  co_return Result<void>();
}

net::Task<Result<LoginReply>> log_in(Context& context) {
  const int retries = retries_of(context);
  client::Backoff backoff(static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
  for (int attempt = 1;; ++attempt) {
    auto reply = co_await log_in_once(context.session);
    if (reply || attempt > retries || !client::is_transient(reply.error().code)) co_return reply;
    const auto delay = backoff.next();
    context.console.note(retry_text(reply.error(), delay, attempt, retries));
    if (!co_await pause(context, delay)) co_return fail(Code::cancelled, {}, "interrupted");
  }
}

}  // namespace dftp::cli
