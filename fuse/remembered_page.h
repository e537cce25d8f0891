// A page of a directory made of what is known of it, for when the server cannot be asked. Pure.
#pragma once

#include "fuse/metadata_cache.h"

namespace dftp::mount {

// All of it; nullopt where that is not known. Its nodes are not held.
std::optional<fs::ReaddirReply> remembered_page(MetadataCache& known, Node directory);

// Cookies of such a page are none of the server's.
bool is_remembered_cookie(std::int64_t cookie);

}  // namespace dftp::mount
