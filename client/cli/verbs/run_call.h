// One verb from its operands to its exit code.
#pragma once

#include "client/cli/verbs/context.h"

namespace dftp::cli {

net::Task<int> run_call(Context& context, const Call& call);
// What a signal does meanwhile, unless the verb has something better to do.
Interrupts::Action dropping_connection(Context& context);

}  // namespace dftp::cli
