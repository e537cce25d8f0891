// Files and listings of PosixStorage.
#pragma once

#include "proto/storage/beneath.h"
#include "proto/storage/storage.h"

namespace dftp {

Result<std::unique_ptr<ReadFile>> open_posix_file(const Beneath& root, const RemotePath& path, Links links);
Result<std::unique_ptr<Listing>> open_posix_listing(const Beneath& root, const RemotePath& path);

// Storage::collect_partials.
Result<std::size_t> collect_posix_partials(const Beneath& root, const RemotePath& path,
                                           std::chrono::seconds older_than);

}  // namespace dftp
