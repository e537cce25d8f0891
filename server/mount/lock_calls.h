// The system calls of locks.
#pragma once

#include <fcntl.h>

#include "proto/wire/lock_ranges.h"
#include "server/mount/handles.h"

namespace dftp::server {

// Sets or takes away through an open file; 0, or an errno. `wait`: until it is granted, or a signal
// comes (EINTR).
int apply_lock(int file, fs::LockKind kind, const LockRange& range, bool wait);
// As fcntl(2) has it.
struct ::flock kernel_lock(const LockRange& range);
LockRange range_of(const struct ::flock& lock);

// The handle's file opened once more, to lock with: for no more than the handle is, and for reading
// as well where it is open for writing, since its owner may lock for reading through another one.
// Sets errno.
Descriptor open_to_lock(const Handle& handle);

}  // namespace dftp::server
