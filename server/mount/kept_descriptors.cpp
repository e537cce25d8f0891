#include "server/mount/kept_descriptors.h"

#include <sys/resource.h>

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::server {

std::size_t max_kept_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return limits::mount_kept_descriptors / 32;
  return std::min<rlim_t>(limit.rlim_cur / 32, limits::mount_kept_descriptors);
}

}  // namespace dftp::server
