#include "server/mount/locks.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "proto/wire/limits.h"
#include "server/watch/proc_path.h"

namespace dftp {
namespace {

short kernel_type(fs::LockType type) {
  switch (type) {
    case fs::LockType::read: return F_RDLCK;
    case fs::LockType::write: return F_WRLCK;
    case fs::LockType::unlock: break;
  }
  return F_UNLCK;
}

int flock_operation(fs::LockType type) {
  switch (type) {
    case fs::LockType::read: return LOCK_SH | LOCK_NB;
    case fs::LockType::write: return LOCK_EX | LOCK_NB;
    case fs::LockType::unlock: break;
  }
  return LOCK_UN;
}

struct ::flock kernel_range(const LockRange& range) {
  struct ::flock lock{};
  lock.l_type = kernel_type(range.type);
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(range.begin);
  lock.l_len = range.end == UINT64_MAX ? 0 : static_cast<off_t>(range.end - range.begin);
  return lock;
}

int apply(int file, fs::LockKind kind, const LockRange& range) {
  if (kind == fs::LockKind::flock) return uninterrupted([&] { return ::flock(file, flock_operation(range.type)); });
  struct ::flock lock = kernel_range(range);
  return uninterrupted([&] { return ::fcntl(file, F_OFD_SETLK, &lock); });
}

// An owner locks for reading through one handle and for writing through another, so its file is open for both where
// that is allowed.
Descriptor open_own(const Handle& handle) {
  const std::string path = proc_path(handle.file->number());
  const auto opened = [&](int access) { return ::open(path.c_str(), access | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); };
  Descriptor both(opened(O_RDWR));
  if (both) return both;
  return Descriptor(opened(handle.writes() ? O_WRONLY : O_RDONLY));
}

Result<LockRange> range_of(const auto& request) {
  const auto range = lock_range(request.type, request.start, request.length);
  if (!range) return fail_errno(EINVAL, "lock");
  return *range;
}

}  // namespace

Result<void> Locks::set(std::uint64_t handle_id, const Handle& handle, const fs::Lock& request) {
  const bool posix = request.kind == fs::LockKind::posix;
  const auto wanted = posix ? range_of(request) : LockRange{0, UINT64_MAX, request.type};
  if (!wanted) return std::unexpected(wanted.error());
  const bool open_for_it =
      request.type == fs::LockType::read ? handle.reads() : request.type == fs::LockType::unlock || handle.writes();
  if (posix && !open_for_it) return fail_errno(EBADF, "lock");

  const std::lock_guard lock(mutex_);
  const Key key{handle.node, request.kind, request.owner};
  auto found = owners_.find(key);
  if (found == owners_.end()) {
    if (request.type == fs::LockType::unlock) return {};
    if (owners_.size() >= limits::mount_lock_owners) return fail_errno(ENOLCK, "lock");
    Descriptor own = open_own(handle);
    if (!own) return fail_errno(errno, "lock");
    found = owners_.emplace(key, Owner{.file = std::move(own), .ranges = {}, .handles = {}}).first;
  }
  Owner& owner = found->second;
  const int error = apply(owner.file.number(), request.kind, *wanted) == 0 ? 0 : errno;
  if (error == 0) {
    owner.ranges.set(*wanted);
    owner.pid = request.pid;
    owner.handles.insert(handle_id);
  }
  if (owner.ranges.empty()) owners_.erase(found);
  if (error != 0) return fail_errno(error, "lock");
  return {};
}

Result<fs::GetLockReply> Locks::test(const Handle& handle, const fs::GetLock& request) const {
  const auto wanted = range_of(request);
  if (!wanted) return std::unexpected(wanted.error());
  if (wanted->type == fs::LockType::unlock) return fail_errno(EINVAL, "lock");
  const std::lock_guard lock(mutex_);
  const auto own = owners_.find(Key{handle.node, fs::LockKind::posix, request.owner});
  struct ::flock held = kernel_range(*wanted);
  if (::fcntl(own == owners_.end() ? handle.file->number() : own->second.file.number(), F_OFD_GETLK, &held) != 0)
    return fail_errno(errno, "lock");
  if (held.l_type == F_UNLCK) return fs::GetLockReply{};
  return fs::GetLockReply{.type = held.l_type == F_RDLCK ? fs::LockType::read : fs::LockType::write,
                          .start = static_cast<std::uint64_t>(held.l_start),
                          .length = static_cast<std::uint64_t>(held.l_len),
                          .pid = held.l_pid > 0 ? static_cast<std::uint32_t>(held.l_pid)
                                                : pid_in_the_way(handle.node, request.owner, *wanted)};
}

// The kernel does not know whose an open file is.
std::uint32_t Locks::pid_in_the_way(std::uint64_t node, std::uint64_t owner, const LockRange& wanted) const {
  for (auto at = owners_.lower_bound(Key{node, fs::LockKind::posix, 0});
       at != owners_.end() && at->first.node == node && at->first.kind == fs::LockKind::posix; ++at) {
    if (at->first.owner != owner && at->second.ranges.in_the_way_of(wanted)) return at->second.pid;
  }
  return 0;
}

void Locks::release(std::uint64_t handle_id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(owners_, [&](const auto& entry) { return entry.second.handles.contains(handle_id); });
}

bool Locks::begin_wait(std::uint64_t number) {
  const std::lock_guard lock(waiting_mutex_);
  return waiting_.size() < limits::mount_lock_waits && waiting_.insert(number).second;
}

bool Locks::waits(std::uint64_t number) const {
  const std::lock_guard lock(waiting_mutex_);
  return waiting_.contains(number);
}

void Locks::end_wait(std::uint64_t number) {
  const std::lock_guard lock(waiting_mutex_);
  waiting_.erase(number);
}

std::size_t Locks::size() const {
  const std::lock_guard lock(mutex_);
  return owners_.size();
}

}  // namespace dftp
