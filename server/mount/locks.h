// The locks of a mount. Each owner has an open file of its own in the kernel, and locks with it (F_OFD_SETLK, flock):
// so the kernel decides, among the owners of a mount, between mounts, and with the processes of this machine.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "server/mount/handles.h"
#include "server/mount/lock_ranges.h"

namespace dftp {

// Thread-safe; may block.
class Locks {
 public:
  // EAGAIN when somebody else holds it; EBADF for a handle that is not open for it; ENOLCK for too many owners.
  Result<void> set(std::uint64_t handle_id, const Handle& handle, const fs::Lock& request);
  // Who is in the way; unlock: nobody.
  Result<fs::GetLockReply> test(const Handle& handle, const fs::GetLock& request) const;
  // Takes away all that was locked through the handle.
  void release(std::uint64_t handle_id);

  // Requests that wait. False when the number is in use, or there are too many.
  bool begin_wait(std::uint64_t number);
  // Whether the wait goes on.
  bool waits(std::uint64_t number) const;
  void end_wait(std::uint64_t number);

  std::size_t size() const;

 private:
  struct Key {
    std::uint64_t node;
    fs::LockKind kind;
    std::uint64_t owner;
    auto operator<=>(const Key&) const = default;
  };
  struct Owner {
    Descriptor file;
    LockRanges ranges;
    std::uint32_t pid = 0;
    std::set<std::uint64_t> handles;
  };
  std::uint32_t pid_in_the_way(std::uint64_t node, std::uint64_t owner, const LockRange& wanted) const;

  mutable std::mutex mutex_;
  std::map<Key, Owner> owners_;
  mutable std::mutex waiting_mutex_;  // of its own: the other one is held while a file system is asked
  std::set<std::uint64_t> waiting_;
};

}  // namespace dftp
