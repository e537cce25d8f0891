// The directory that is mounted on. Nothing here looks into a mounted file system: one whose server or process is gone
// would hang or fail.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/storage/mount_table.h"
#include "proto/wire/error.h"

namespace dftp::mount {

// What is mounted on `directory` (absolute) now; of several the one on top.
std::optional<MountEntry> mounted_on(const std::string& directory);

// The absolute path of a directory to mount on. A mount of dftp that has lost its process is taken away first.
// Code::busy when one stands there that works.
Result<std::string> prepare_mount_point(const std::string& directory);

// Other flags for the mount of dftp at `directory`: `words` are of mount(8), as "ro" and "nosuid". Everything else
// stays as it was. Code::not_found where there is none.
Result<void> remount(const std::string& directory, const std::vector<std::string>& words);

// The absolute path, where a mount of dftp is. Code::not_found.
Result<std::string> find_mount(const std::string& directory);

// Lets the kernel read ahead of programs by so much on the mount with this device; needs root.
Result<void> set_kernel_read_ahead(const std::string& device, unsigned kib);

}  // namespace dftp::mount
