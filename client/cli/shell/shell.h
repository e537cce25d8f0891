// An interactive session, or a script of one: commands from standard input, one a line, until quit or the end.
#pragma once

#include "client/cli/verbs/context.h"

namespace dftp::cli {

// The exit code: of the failure to log in or to find the URL's directory; else, where standard input is no terminal, of
// the last command that failed; else 0. A script ends early when the server is out of reach, and waits at its end for
// what is in the background.
net::Task<int> run_shell(Context& context, const RemotePath& directory);

}  // namespace dftp::cli
