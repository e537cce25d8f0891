// One verb from its words to its exit code.
#pragma once

#include <string>
#include <vector>

#include "client/cli/call.h"
#include "client/cli/context.h"

namespace dftp::cli {

net::Task<int> run_call(Context& context, const Call& call);
// A line of a session: a verb with its words, in the background with & behind it or queue before it, or ! and a command
// of this machine's. 0 for an empty one.
net::Task<int> run_line(Context& context, const std::string& line);

}  // namespace dftp::cli
