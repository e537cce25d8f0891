// Roots of the digest trees of files here.
#pragma once

#include <filesystem>

#include "proto/digest/md5.h"
#include "proto/wire/error.h"

namespace dftp::client {

// Of a regular file; links are followed. Code::changed when it is not read up to the size it had. Blocks: call it on
// the pool.
Result<Digest> local_root(const std::filesystem::path& file);

}  // namespace dftp::client
