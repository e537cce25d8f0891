// What a process gives up for good, so that whoever takes it over by a fault gets no further: the right to gain
// privileges, to start programs, and to reach files that it does not need. docs/security.md.
//
// The kernel takes these rights away by thread, and from what the thread starts: call it before the first further
// thread. What is open already stays as it is.
#pragma once

#include <filesystem>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::server {

// Directories with all beneath them, and single files. What is not there is left out.
struct Reach {
  std::vector<std::filesystem::path> read;     // looked at only
  std::vector<std::filesystem::path> change;   // whatever may be done to files, but run them
  std::vector<std::filesystem::path> sockets;  // directories in which UNIX sockets are made and removed
};

// The version of landlock that this kernel has; 0: none, or one by which files could not be moved between directories.
int landlock_version();

// No program that this process starts has more rights than it: set-id bits count no more.
Result<void> give_up_privileges();
// Nothing outside of `reach` can be opened, made or removed any more, no program started, and no signal sent to others.
// give_up_privileges() comes first. Code::unsupported without landlock_version().
Result<void> give_up_files(const Reach& reach);

}  // namespace dftp::server
