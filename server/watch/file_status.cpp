#include "server/watch/file_status.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "proto/wire/time_ns.h"

namespace dftp::server {
namespace {

std::int64_t nanoseconds(const struct ::statx_timestamp& time) {
  return nanoseconds_of(time.tv_sec, time.tv_nsec);
}

}  // namespace

Result<FileStatus> stat_at(int at, const std::string& name) {
  struct ::statx status;
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name.empty() ? AT_EMPTY_PATH : 0);
  if (::statx(at, name.c_str(), flags, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) return fail_errno(errno, name);
  FileStatus looked{.key = {makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino}};
  if (status.stx_mask & STATX_BTIME) looked.birth = nanoseconds(status.stx_btime);
  looked.attr = {.inode = status.stx_ino,
                 .mode = status.stx_mode,
                 .links = status.stx_nlink,
                 .uid = status.stx_uid,
                 .gid = status.stx_gid,
                 .device = std::uint64_t{status.stx_rdev_major} << 32 | status.stx_rdev_minor,
                 .size = status.stx_size,
                 .blocks = status.stx_blocks,
                 .atime = nanoseconds(status.stx_atime),
                 .mtime = nanoseconds(status.stx_mtime),
                 .ctime = nanoseconds(status.stx_ctime)};
  return looked;
}

}  // namespace dftp::server
