// What a program that asks something of the mount has open.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace dftp::mount {

// Whether the process of this thread has a file of this inode number open. False where the kernel does not say (before
// Linux 5.14, or of another user's process).
bool has_open(pid_t thread, std::uint64_t inode);

}  // namespace dftp::mount
