// One verb, several things: what such verbs share.
#pragma once

#include "client/cli/handlers.h"

namespace dftp::cli {

using One = Done (*)(Context& context, const Call& call, const RemoteOperand& operand, Report& report);

// Logs in and does `one` for each remote operand. The only one's error is returned; of several each is reported and the
// rest goes on, as long as there is a server to talk to.
Done for_each(Context& context, const Call& call, Report& report, One one);

// Whether things go into it (mv, cp): a directory there, or a new name.
net::Task<Result<bool>> is_directory(Context& context, const RemoteOperand& target);

}  // namespace dftp::cli
