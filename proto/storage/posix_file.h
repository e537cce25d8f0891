// Files and listings of PosixStorage.
#pragma once

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"

namespace dftp {

Result<std::unique_ptr<ReadFile>> open_posix_file(const RootDirectory& root, const RemotePath& path, Links links);
// Of an entry that was a regular file a moment ago. A link is Code::unsupported.
Result<OpenFile> open_posix_file_at(int directory, const std::string& name, std::string where);
Result<std::unique_ptr<Listing>> open_posix_listing(const RootDirectory& root, const RemotePath& path);

// Storage::collect_partials and count_partials.
Result<std::size_t> collect_posix_partials(const RootDirectory& root, const RemotePath& path,
                                           std::chrono::seconds older_than);
Result<std::size_t> count_posix_partials(const RootDirectory& root, const RemotePath& path);

}  // namespace dftp
