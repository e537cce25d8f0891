// `dftp-server user ...`: the users of a share.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "server/config/command_line.h"

namespace dftp::server {

// Called when the users of a state were changed.
using UsersChanged = std::function<void(const std::filesystem::path& state)>;

// The arguments behind "user". The program's exit code: 2 for a wrong call, 1 for what failed.
int user_command(std::span<const std::string> arguments, const UsersChanged& changed = {});
// For shells: what may follow it.
completions::Command completed_user();

}  // namespace dftp::server
