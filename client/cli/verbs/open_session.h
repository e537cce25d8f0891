// The beginning of a session.
#pragma once

#include "client/cli/verbs/context.h"
#include "proto/wire/url.h"

namespace dftp::cli {

// Logs in and changes to the URL's directory.
net::Task<Result<LoginReply>> open_session(Context& context, const Url& url);
// Tells a person where they are.
void greet(Context& context, const LoginReply& login);

}  // namespace dftp::cli
