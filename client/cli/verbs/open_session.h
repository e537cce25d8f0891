// The beginning of a session.
#pragma once

#include "client/cli/verbs/context.h"

namespace dftp::cli {

// Logs in and changes to the directory.
net::Task<Result<LoginReply>> open_session(Context& context, const RemotePath& directory);
// Tells a person where they are.
void greet(Context& context, const LoginReply& login);

}  // namespace dftp::cli
