// A server that is not up yet.
#pragma once

#include "client/cli/verbs/context.h"

namespace dftp::cli {

// With --wait: returns when the server answers, when it says something that waiting does not help against, or when the
// time is up. Says once what is waited for. Whatever comes then says itself what is wrong.
net::Task<void> wait_for_server(Context& context);

}  // namespace dftp::cli
