// What the options of `dftp-server user` say about a user.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "server/auth/users.h"
#include "server/config/command_line.h"

namespace dftp::server {

std::span<const ProgramOption> user_options();

// From the one place that the options name; with none, the terminal is asked. Code::usage when there is no terminal.
Result<PasswordHash> new_password(const ProgramCommandLine& line, const std::string& user);
bool names_password(const ProgramCommandLine& line);
// Of all --key files, in order.
Result<std::vector<PublicKey>> given_keys(const ProgramCommandLine& line);
// Sets home, read_only, act_as, limit_rate, talk and uid as far as they are given. `root`: see parse_home().
Result<void> apply_rights(const ProgramCommandLine& line, const std::filesystem::path& root, User& user);

}  // namespace dftp::server
