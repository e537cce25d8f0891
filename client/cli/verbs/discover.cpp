// discover: the servers on the local network.
#include <csignal>

#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"
#include "client/discovery.h"

namespace dftp::cli {
namespace {

// A server on the same link answers in milliseconds; a busy one may take its time.
constexpr auto patience = std::chrono::seconds(1);

std::string url_of(const client::FoundServer& server) {
  return Url{.endpoint = server.endpoint, .user = {}, .path = {}, .directory = true}.text();
}

}  // namespace

// --timeout is of the whole run, and a run that listens to its end has not failed.
VerbTask discover(Context& context, const Call&, Report& report) {
  if (context.settings.wait)
    co_return fail(Code::usage, "--wait", "waits for one server; --timeout says how long to listen for all");
  const std::optional<std::chrono::seconds> given = context.in_session ? std::nullopt : context.settings.timeout;
  const net::Duration limit = given.value_or(patience);
  std::optional<Interruptible> interruptible;
  if (given) {
    interruptible.emplace(context.interrupts, [&context](int signal) {
      if (signal != SIGALRM) context.interrupts.leave(signal);
    });
  }
  const auto found = co_await client::discover(context.session.executor(), limit);
  if (!found) co_return std::unexpected(found.error());
  co_await context.session.pool().run([&] {
    client::FoundServers(client::FoundServers::default_file()).remember(*found);
    return true;
  });
  Console& console = context.console;
  for (const client::FoundServer& server : *found) {
    if (console.mode().json) {
      report.entry(json::Object{
          {"name", printable(server.name)}, {"url", url_of(server)}, {"fingerprint", printable(server.fingerprint)}});
    } else {
      console.out(left(printable(server.name), 24) + "  " + left(url_of(server), 32) + "  " +
                  printable(server.fingerprint) + "\n");
    }
  }
  if (found->empty()) console.note("no server on the local network has answered; those started with --announce do");
  co_return Result<void>();
}

}  // namespace dftp::cli
