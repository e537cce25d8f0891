// Who knows the names in a directory, for patterns and for completion.
#pragma once

#include "client/cli/verbs/context.h"
#include "client/cli/verbs/glob.h"

namespace dftp::cli {

// Seen from where the session is now; the context must outlive it.
Lister remote_lister(Context& context);
Lister local_lister(Context& context);

// The names in a directory here that begin with `prefix`, at most `max` of them. Blocking.
Result<std::vector<ListedName>> local_names(const std::string& directory, const std::string& prefix, std::size_t max);
// The same there, from the pages that can have them.
net::Task<Result<std::vector<ListedName>>> remote_names(client::Remote remote, RemotePath directory, std::string prefix,
                                                        std::size_t max);

}  // namespace dftp::cli
