// The beginning of a session.
#pragma once

#include "client/cli/context.h"
#include "proto/wire/url.h"

namespace dftp::cli {

// Logs in and changes to the URL's directory.
net::Task<Result<LoginReply>> open_session(Context& context, const Url& url);

}  // namespace dftp::cli
