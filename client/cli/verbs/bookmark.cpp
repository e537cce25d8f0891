// Places that the user has given names.
#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/preferences_file.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"

namespace dftp::cli {
namespace {

void show(Context& context, Report& report, const std::string& name) {
  const auto location = locate(name, *context.preferences);
  if (!location) return;
  const auto directory = context.preferences->of(name).directory.value_or(RemotePath());
  const std::string url = Url{location->place.endpoint, location->place.user, directory, true}.text();
  if (context.console.mode().json) {
    report.entry(json::Object{{"name", to_json(Name{name})}, {"url", url}});
  } else {
    context.console.out(left(context.console.shown(name), 16) + "  " + context.console.shown(url) + "\n");
  }
}

}  // namespace

VerbTask bookmark(Context& context, const Call& call, Report& report) {
  if (call.local.empty()) {
    for (const std::string& name : context.preferences->hosts()) show(context, report, name);
    co_return Result<void>();
  }
  const std::string& name = call.local[0];
  if (name.empty() || name.find_first_of("*?[]!/@:\\ \t\"'") != name.npos || printable(name) != name)
    co_return fail(Code::usage, name, "is not a name to type as a server: without blanks, slashes and * ? [ ! @ :");
  const client::ConnectOptions options = context.session.options();
  const ServerAndUser place{options.endpoint, options.user, {}};
  const RemotePath directory = context.directory;
  const auto file = preferences_file();
  const auto add = [&] { return add_bookmark(file, name, place, directory); };
  auto added = co_await context.session.pool().run(add);
  if (!added) co_return added;
  report.entry(json::Object{{"name", to_json(Name{name})}, {"file", file.string()}});
  context.console.note(name + " leads here from now on: dftp-cli " + name + " (" + file.string() + ")");
  co_return Result<void>();
}

}  // namespace dftp::cli
