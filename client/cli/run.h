// One verb from its words to its exit code.
#pragma once

#include <string>
#include <vector>

#include "client/cli/call.h"
#include "client/cli/context.h"

namespace dftp::cli {

net::Task<int> run_call(Context& context, const Call& call);
// Whether there is nothing in a line but blanks and a comment.
bool is_empty_line(const std::string& line);
// Whether it is a command as far as can be told before it is carried out. Code::usage.
Result<void> check_line(const std::string& line);
// What may be written down of a call: the words for a command of exec may be secrets, and only their number is.
std::string logged(const Verb& verb, const std::vector<std::string>& operands, bool in_session);
// The same of a line.
std::string logged_line(const std::string& line);
// A line of a session: a verb with its words, in the background with & behind it or queue before it, or ! and a command
// of this machine's. 0 for an empty one.
net::Task<int> run_line(Context& context, const std::string& line);

}  // namespace dftp::cli
