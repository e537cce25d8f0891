#include "client/cli/each.h"

#include "client/cli/context.h"
#include "client/cli/exit_code.h"
#include "client/cli/report.h"

namespace dftp::cli {
namespace {

// Whether things go into it: a directory there, or a new name.
net::Task<Result<bool>> is_directory(Context& context, const RemoteOperand& target) {
  const auto known = co_await context.remote.stat(target.path);
  if (!known && known.error().code != Code::not_found) co_return std::unexpected(known.error());
  co_return known && known->type == FileType::directory;
}

}  // namespace

Done for_each(Context& context, const Call& call, Report& report, One one) {
  const auto login = co_await log_in(context);
  if (!login) co_return std::unexpected(login.error());
  for (const RemoteOperand& operand : call.remote) {
    auto done = co_await one(context, call, operand, report);
    if (done) continue;
    if (call.remote.size() == 1 || ends_session(done.error().code)) co_return done;
    report.failed(done.error());
  }
  co_return Result<void>();
}

Done for_each_into(Context& context, const Call& call, Report& report, std::string_view what, OneInto one) {
  const auto login = co_await log_in(context);
  if (!login) co_return std::unexpected(login.error());
  const RemoteOperand& target = call.remote.back();
  const std::size_t sources = call.remote.size() - 1;
  const auto into = co_await is_directory(context, target);
  if (!into) co_return std::unexpected(into.error());
  if (!*into && (sources > 1 || (target.directory && !call.flags.recursive))) {
    co_return fail(Code::not_directory, target.text,
                   "no such directory to " + std::string(what) + " into; make it with mkdir");
  }
  for (std::size_t i = 0; i < sources; ++i) {
    const RemotePath& from = call.remote[i].path;
    const auto to = *into ? target.path.child(from.name()) : Result<RemotePath>(target.path);
    if (!to) co_return std::unexpected(to.error());
    auto done = co_await one(context, call, from, *to, report);
    if (done) continue;
    if (sources == 1 || ends_session(done.error().code)) co_return done;
    report.failed(done.error());
  }
  co_return Result<void>();
}

}  // namespace dftp::cli
