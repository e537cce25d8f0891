#include "server/watch/file_systems.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace dftp::server {
namespace {

// Not in <linux/magic.h>.
constexpr std::uint32_t zfs = 0x2fc12fc1, bcachefs = 0xca451a4e;
constexpr std::array<std::uint32_t, 8> local_disks = {
    EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC, RAMFS_MAGIC, zfs, bcachefs};

// 0 where the kernel does not say.
std::uint32_t type_of(int descriptor) {
  struct ::statfs system;
  return ::fstatfs(descriptor, &system) == 0 ? static_cast<std::uint32_t>(system.f_type) : 0;
}

}  // namespace

bool is_on_local_disk(int descriptor) {
  return std::ranges::find(local_disks, type_of(descriptor)) != local_disks.end();
}

bool is_local(int descriptor) {
  return is_on_local_disk(descriptor) || type_of(descriptor) == OVERLAYFS_SUPER_MAGIC;
}

}  // namespace dftp::server
