#include "client/cli/verbs/completions.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/habits.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/help.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"

namespace dftp::cli {

VerbTask change_directory(Context& context, const Call& call, Report& report) {
  const bool back = !call.remote.empty() && call.remote[0].text == "-";
  const RemotePath path = call.remote.empty() ? RemotePath() : back ? context.directory_before : call.remote[0].path;
  const auto known = co_await context.remote.stat(path);
  if (!known) co_return std::unexpected(known.error());
  if (known->type != FileType::directory) {
    co_return fail(Code::not_directory, path.absolute(), "is not a directory");
  }
  context.directory_before = std::exchange(context.directory, path);
  if (back && !context.console.mode().json) context.console.out(context.console.shown(path.absolute()) + "\n");
  report.entry(json::Object{{"path", to_json(Name{path.absolute()})}});
  co_return Result<void>();
}

VerbTask print_directory(Context& context, const Call&, Report& report) {
  report.entry(json::Object{{"path", to_json(Name{context.directory.absolute()})}});
  if (context.console.mode().json) co_return Result<void>();
  context.console.out(context.console.shown(context.directory.absolute()) + "\n");
  co_return Result<void>();
}

VerbTask print_completions(Context& context, const Call& call, Report&) {
  const auto script = completions::script_for(call.local[0], completed_program());
  if (!script) co_return std::unexpected(script.error());
  context.console.out(*script);
  co_return Result<void>();
}

VerbTask help(Context& context, const Call& call, Report& report) {
  const bool all = context.in_session && !call.local.empty() && call.local[0] == "all";
  const Verb* verb = call.local.empty() ? nullptr : find_verb(call.local[0]);
  if (!verb && !all && !call.local.empty())
    co_return fail(Code::usage, call.local[0], not_a_verb(call.local[0], context.in_session));
  std::string text = context.in_session ? session_help() : program_help();
  if (all) text = session_help_of_all();
  if (verb) text = verb_help(*verb);
  if (context.console.mode().json) {
    report.entry(json::Object{{"text", text}});
  } else {
    context.console.out(text);
  }
  co_return Result<void>();
}

}  // namespace dftp::cli
