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

}  // namespace dftp::cli
