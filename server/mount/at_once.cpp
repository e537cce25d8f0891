#include "server/mount/at_once.h"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

namespace dftp {
namespace {

using namespace std::chrono_literals;

// What is in memory takes 10 to 60.
constexpr auto long_time = 200us;
constexpr int rest_after_waiting = 100, rest_after_work = 10;

// Not in <linux/magic.h>.
constexpr std::uint32_t zfs = 0x2fc12fc1, bcachefs = 0xca451a4e;
constexpr std::array<std::uint32_t, 8> local_types = {
    EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC, zfs,
    bcachefs};

thread_local AtOnce::Clock::time_point not_before;

bool is_local(int directory) {
  struct ::statfs system;
  return ::fstatfs(directory, &system) == 0 &&
         std::ranges::find(local_types, static_cast<std::uint32_t>(system.f_type)) != local_types.end();
}

}  // namespace

AtOnce::AtOnce(const Held& root, MountPoints& share, Clock::time_point (*now)())
    : now_(now), local_(is_local(root->number())), mount_points_(share) {}

bool AtOnce::may() {
  return local_ && now_() >= not_before && !mount_points_.any();
}

void AtOnce::took(Clock::duration time, bool waited) {
  if (is_long(time)) not_before = std::max(not_before, now_() + (waited ? rest_after_waiting : rest_after_work) * time);
}

bool AtOnce::is_long(Clock::duration time) {
  return time > long_time;
}

long AtOnce::waits_of_thread() {
  rusage used;
  return ::getrusage(RUSAGE_THREAD, &used) == 0 ? used.ru_nvcsw : 0;
}

}  // namespace dftp
