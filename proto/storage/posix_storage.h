// Storage on a directory of this machine: every path is resolved by openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS)
// from one descriptor, so neither "..", nor a link, nor a link swapped in meanwhile can lead out.
#pragma once

#include <filesystem>

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"

namespace dftp {

// `root` must be a directory. Code::read_only comes from the file system, not from here: who may write is the caller's
// policy.
// `links`: a server follows links that stay beneath the root; a client that receives must not, as a hostile server
// could make a link and then write through it to what lies beside its target.
Result<std::unique_ptr<Storage>> open_posix_storage(const std::filesystem::path& root,
                                                    InnerLinks links = InnerLinks::beneath);
// On the directory `path` beneath a root that is held open; see RootDirectory::narrowed.
Result<std::unique_ptr<Storage>> open_posix_storage(const RootDirectory& root, const RemotePath& path);

}  // namespace dftp
