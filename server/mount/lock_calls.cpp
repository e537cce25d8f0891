#include "server/mount/lock_calls.h"

#include <sys/file.h>

#include <cerrno>

#include "proto/storage/proc_path.h"

namespace dftp::server {
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
    case fs::LockType::read: return LOCK_SH;
    case fs::LockType::write: return LOCK_EX;
    case fs::LockType::unlock: break;
  }
  return LOCK_UN;
}

}  // namespace

struct ::flock kernel_lock(const LockRange& range) {
  struct ::flock lock{};
  lock.l_type = kernel_type(range.type);
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(range.begin);
  lock.l_len = range.end == UINT64_MAX ? 0 : static_cast<off_t>(range.end - range.begin);
  return lock;
}

LockRange range_of(const struct ::flock& lock) {
  const auto begin = static_cast<std::uint64_t>(lock.l_start), length = static_cast<std::uint64_t>(lock.l_len);
  const fs::LockType type = lock.l_type == F_UNLCK   ? fs::LockType::unlock
                            : lock.l_type == F_RDLCK ? fs::LockType::read
                                                     : fs::LockType::write;
  return {begin, length == 0 ? UINT64_MAX : begin + length, type};
}

int apply_lock(int file, fs::LockKind kind, const LockRange& range, bool wait) {
  const auto call = [&] {
    if (kind == fs::LockKind::flock) return ::flock(file, flock_operation(range.type) | (wait ? 0 : LOCK_NB));
    struct ::flock lock = kernel_lock(range);
    return ::fcntl(file, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
  };
  return (wait ? call() : uninterrupted(call)) == 0 ? 0 : errno;
}

Descriptor open_to_lock(const Handle& handle) {
  const std::string path = proc_path(handle.file->number());
  const auto opened = [&](int access) {
    return Descriptor(::open(path.c_str(), access | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  };
  if (!handle.writes()) return opened(O_RDONLY);
  Descriptor both = opened(O_RDWR);
  return both ? std::move(both) : opened(O_WRONLY);
}

}  // namespace dftp::server
