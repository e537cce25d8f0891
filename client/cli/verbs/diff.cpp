#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"
#include "client/differences.h"

namespace dftp::cli {
namespace {

std::string_view word_for(client::Differs how) {
  switch (how) {
    case client::Differs::only_here: return "only here";
    case client::Differs::only_there: return "only there";
    case client::Differs::type: return "other type";
    case client::Differs::content: return "differs";
    case client::Differs::target: return "other link";
  }
  return "";
}

}  // namespace

VerbTask compare(Context& context, const Call& call, Report& report) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  Console& console = context.console;
  const std::string& local = call.local[0];
  const client::DifferenceObserver observer{
      .different =
          [&](const RemotePath& beneath, client::Differs how) {
            const std::string path = beneath.is_root() ? local : beneath.relative();
            const std::string word(word_for(how));
            if (console.mode().json) {
              console.json(json::Object{{"event", "different"}, {"path", to_json(Name{path})}, {"how", word}});
            } else {
              console.out(word + ": " + console.shown(path) + "\n");
            }
          },
      .failed = [&](const Error& error) { report.failed(error); }};
  client::Comparison comparison(context.session, observer);
  const Interruptible interruptible(context.interrupts, [&](int) { comparison.stop(); });
  const auto compared = co_await comparison.run(local, call.remote[0].path, call.flags.recursive);
  // As diff(1): 1 is an answer, and trouble is 2.
  report.exit_with(compared && compared->different > 0 ? 1 : 0, 2);
  if (!compared) co_return std::unexpected(compared.error());
  report.add("same", to_json(compared->same));
  report.add("different", to_json(compared->different));
  co_return Result<void>();
}

}  // namespace dftp::cli
