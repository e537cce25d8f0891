#include "client/cli/each.h"

#include "client/cli/context.h"
#include "client/cli/exit_code.h"
#include "client/cli/report.h"

namespace dftp::cli {

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

net::Task<Result<bool>> is_directory(Context& context, const RemoteOperand& target) {
  const auto known = co_await context.remote.stat(target.path);
  if (!known && known.error().code != Code::not_found) co_return std::unexpected(known.error());
  co_return known && known->type == FileType::directory;
}

}  // namespace dftp::cli
