// The table of commands: one row each, with the policy on who may use it.
#pragma once

#include <span>

#include "server/session/command.h"

namespace dftp::server {

std::span<const CommandSpec> command_table();

}  // namespace dftp::server
