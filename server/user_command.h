// `dftp-server user ...`: the users of a share.
#pragma once

#include <span>
#include <string>

namespace dftp {

// The arguments behind "user". The program's exit code: 2 for a wrong call, 1 for what failed.
int user_command(std::span<const std::string> arguments);

}  // namespace dftp
