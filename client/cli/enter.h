// The beginning of a session.
#pragma once

#include "client/cli/context.h"
#include "proto/wire/url.h"

namespace dftp::cli {

// Logs in and changes to the URL's directory.
net::Task<Result<LoginReply>> enter(Context& context, const Url& url);

}  // namespace dftp::cli
