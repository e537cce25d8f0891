// A command of a session from its words to its exit code.
#pragma once

#include <string>
#include <vector>

#include "client/cli/line/call.h"
#include "client/cli/line/line.h"
#include "client/cli/line/preferences.h"
#include "client/cli/verbs/context.h"

namespace dftp::cli {

// Whether it is a command as far as can be told before it is carried out. Code::usage.
Result<void> check_command(const TypedCommand& command, const Preferences& preferences);
// What may be written down of a call: the words for a command of exec may be secrets, and only their number is.
std::string logged(const Verb& verb, const std::vector<std::string>& operands, bool in_session);
// The same of what was typed.
std::string logged(const TypedCommand& command, const Preferences& preferences);
// A verb with its words, in the background with & behind it or queue before it, or a command of this machine's.
net::Task<int> run_command(Context& context, const TypedCommand& command);
// The commands of a line, one after another: none when one of them is wrong, and none behind one that failed, unless
// that one may. The exit code is that of the one it ended with.
net::Task<int> run_line(Context& context, const std::string& line);

}  // namespace dftp::cli
