// discover: the servers on the local network.
#include "client/discovery.h"

#include "client/cli/console.h"
#include "client/cli/context.h"
#include "client/cli/display.h"
#include "client/cli/handlers.h"
#include "client/cli/report.h"

namespace dftp::cli {
namespace {

// A server on the same link answers in milliseconds; a busy one may take its time.
constexpr auto patience = std::chrono::seconds(1);

std::string url_of(const client::FoundServer& server) {
  return Url{.endpoint = server.endpoint, .user = {}, .path = {}, .directory = true}.text();
}

}  // namespace

Done discover(Context& context, const Call&, Report& report) {
  const net::Duration limit = context.settings.wait.value_or(patience);
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
