// What another configuration would change in a server that runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/config/config.h"

namespace dftp::server {

// Keys as the file has them: "read-only", "exec.NAME".
struct ConfigChanges {
  std::vector<std::string> now;           // can hold from now on
  std::vector<std::string> with_restart;  // cannot as long as the server runs
};
ConfigChanges changes_between(const Config& before, const Config& after);

// Code::usage, with the keys and the place of the first, when `after` needs a restart; else what changes.
Result<std::vector<std::string>> changes_without_restart(const Config& before, const Config& after);

}  // namespace dftp::server
