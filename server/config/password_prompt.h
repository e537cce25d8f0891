// Asking a person for a password.
#pragma once

#include <string>

#include "proto/wire/error.h"

namespace dftp::server {

// True when standard input is a terminal: there is somebody to ask.
bool can_prompt();

// Asks twice on the terminal, without echo, until both are the same. A signal that ends the process finds the
// terminal's echo on again. Code::cancelled at the end of the input.
Result<std::string> prompt_new_password(const std::string& user);

}  // namespace dftp::server
