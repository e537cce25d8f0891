#include <cstdlib>
#include <filesystem>

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

Done change_local_directory(Context&, const Call& call, Report&) {
  const char* home = std::getenv("HOME");
  const std::filesystem::path path = call.local.empty() ? (home ? home : "/") : call.local[0];
  std::error_code error;
  std::filesystem::current_path(path, error);
  if (error) co_return fail_errno(error.value(), path);
  co_return Result<void>();
}

Done print_local_directory(Context& context, const Call&, Report&) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::current_path(error);
  if (error) co_return fail_errno(error.value(), ".");
  context.console.out(context.console.shown(path.native()) + "\n");
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

Done close(Context& context, const Call&, Report&) {
  context.closing = true;
  co_return Result<void>();
}

}  // namespace dftp::cli
