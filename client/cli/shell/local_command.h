// A command of this machine's, through the user's shell.
#pragma once

#include <string>

#include "proto/net/disk_pool.h"

namespace dftp::cli {

// Runs it at the terminal until it ends; its exit code, 128 + the signal that ended it. An empty one is an interactive
// shell.
net::Task<int> run_local_command(net::DiskPool& pool, const std::string& command);

}  // namespace dftp::cli
