#include "client/cli/console.h"
#include "client/cli/context.h"
#include "client/cli/handlers.h"
#include "client/cli/help.h"

namespace dftp::cli {

Done change_directory(Context& context, const Call& call, Report&) {
  const RemotePath path = call.remote.empty() ? RemotePath() : call.remote[0].path;
  const auto known = co_await context.remote.stat(path);
  if (!known) co_return std::unexpected(known.error());
  if (known->type != FileType::directory) {
    co_return fail(Code::not_directory, path.absolute(), "is no directory");
  }
  context.directory = path;
  co_return Result<void>();
}

Done print_directory(Context& context, const Call&, Report&) {
  context.console.out(context.console.shown(context.directory.absolute()) + "\n");
  co_return Result<void>();
}

Done help(Context& context, const Call& call, Report&) {
  if (call.local.empty()) {
    context.console.out(context.in_session ? session_help() : program_help());
    co_return Result<void>();
  }
  const Verb* verb = find_verb(call.local[0]);
  if (!verb) co_return fail(Code::usage, call.local[0], "no such verb; help lists them");
  context.console.out(verb_help(*verb));
  co_return Result<void>();
}

}  // namespace dftp::cli
