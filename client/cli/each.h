// One verb, several things: what such verbs share.
#pragma once

#include "client/cli/handlers.h"

namespace dftp::cli {

using One = Done (*)(Context& context, const Call& call, const RemoteOperand& operand, Report& report);

// Logs in and does `one` for each remote operand. The only one's error is returned; of several each is reported and the
// rest goes on, as long as there is a server to talk to.
Done for_each(Context& context, const Call& call, Report& report, One one);

using OneInto = Done (*)(Context& context, const Call& call, const RemotePath& from, const RemotePath& to,
                         Report& report);

// The same for all but the last of them: a directory that they go into, or the new name of the only one (with
// --recursive also when it is written as a directory). `what`: "move" or "copy", for the error when it is neither.
Done for_each_into(Context& context, const Call& call, Report& report, std::string_view what, OneInto one);

}  // namespace dftp::cli
