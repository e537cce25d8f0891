// What is in this process's memory, keys and passwords, is nobody else's.
#pragma once

#include <sys/prctl.h>
#include <sys/resource.h>

namespace dftp::net {

// No core is written, and no other process of the same user may read or trace this one. For the whole process; what it
// executes may be read again, but writes no core unless it raises its limit.
inline void keep_memory_private() {
  ::prctl(PR_SET_DUMPABLE, 0);
  rlimit core{};
  if (::getrlimit(RLIMIT_CORE, &core) != 0) return;
  core.rlim_cur = 0;
  ::setrlimit(RLIMIT_CORE, &core);
}

}  // namespace dftp::net
