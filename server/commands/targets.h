// What a transfer is about, looked up before it begins. Everything here blocks.
#pragma once

#include "proto/storage/storage.h"
#include "proto/wire/message.h"

namespace dftp::server {

// A single source must be there; Code::is_directory for one when `get` is not recursive. Of several each fails for
// itself, in the transfer.
Result<void> check_sources(Storage& storage, const Get& request);

struct ResolvedTargets {
  std::vector<RemotePath> paths;  // where each source goes
  std::vector<bool> present;      // something is there already
};
// `path/name` where a name is given and path is a directory, else `path`. The directory that it goes to must be there:
// Code::not_found names it.
Result<ResolvedTargets> resolve_targets(Storage& storage, const Put& request);

}  // namespace dftp::server
