// Storage::directory beneath a root.
#pragma once

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"

namespace dftp {

Result<std::unique_ptr<Directory>> open_posix_directory(const RootDirectory& root, const RemotePath& path);

}  // namespace dftp
