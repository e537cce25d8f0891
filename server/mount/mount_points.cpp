#include "server/mount/mount_points.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <filesystem>

#include "proto/storage/mount_table.h"
#include "proto/storage/proc_path.h"

namespace dftp::server {

MountPoints::MountPoints(SharedDescriptor directory)
    : directory_(std::move(directory)), table_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)) {
  if (table_) any_ = look();
}

bool MountPoints::any() {
  const std::lock_guard lock(mutex_);
  if (table_ && changed()) any_ = look();
  return any_;
}

// See proc_pid_mountinfo(5). Said once to each open file.
bool MountPoints::changed() const {
  pollfd table{.fd = table_.number(), .events = POLLPRI, .revents = 0};
  return ::poll(&table, 1, 0) > 0 && table.revents & POLLPRI;
}

bool MountPoints::look() const {
  std::error_code error;
  const auto path = std::filesystem::read_symlink(proc_path(directory_->number()), error);
  const auto table = mount_table();
  if (error || table.empty()) return true;
  const std::string beneath = path == "/" ? "/" : path.string() + '/';
  return std::ranges::any_of(table, [&](const MountEntry& entry) {
    return entry.directory.size() > beneath.size() && entry.directory.starts_with(beneath);
  });
}

}  // namespace dftp::server
