// Patterns in the URLs of a call of its own.
#pragma once

#include "client/cli/verbs/context.h"

namespace dftp::cli {

// The call with the names that match in place of its patterns. A path that is there as it is written stands for itself,
// whatever characters it has. Code::not_found: nothing matches.
net::Task<Result<Call>> with_patterns_expanded(Context& context, Call call);

}  // namespace dftp::cli
