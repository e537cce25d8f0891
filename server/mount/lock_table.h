// The locks of all mounts, file by file, and who waits for them. Each owner has an open file of its
// own in the kernel for each file, and locks with it (F_OFD_SETLK, flock): so the kernel decides,
// among owners, and with the processes of this machine. What is written down here says whom to
// wake, who waits for whom, and whose a lock is.
#pragma once

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "proto/wire/lock_ranges.h"
#include "server/mount/handles.h"
#include "server/mount/lock_threads.h"

namespace dftp::server {

class Locks;

// A client's number, within its mount.
struct LockOwner {
  const Locks* mount = nullptr;
  fs::LockKind kind = fs::LockKind::posix;
  std::uint64_t number = 0;
  auto operator<=>(const LockOwner&) const = default;
};

// What is asked of the table.
struct LockAsk {
  LockOwner owner;
  std::uint64_t handle_id = 0;
  const Handle& handle;
  LockRange range;
  std::uint32_t pid = 0;
  const Account* payer = nullptr;  // for the owner's open file; nullptr: nobody counts
  const void* session = nullptr;   // it came by; see Locks::belong_to()
};

// By this a request that waits is known: the session it came by, and its id there.
struct WaitKey {
  const Locks* mount = nullptr;
  const void* session = nullptr;
  std::uint64_t number = 0;
  auto operator<=>(const WaitKey&) const = default;
};

// Thread-safe. Errors are errnos; what sets or tests may wait for a file system.
class LockTable {
 public:
  // Called once, on any thread, with 0 or an errno: EINTR when it was cancelled, EDEADLK.
  using Ended = std::function<void(int error)>;

  LockTable();
  ~LockTable();
  LockTable(const LockTable&) = delete;
  LockTable& operator=(const LockTable&) = delete;

  // EAGAIN when somebody else holds it, ENOLCK for too many owners or ranges in the mount, or owners of its user or
  // source, ECANCELED for a session that the mount does not belong to any more.
  int set(const LockAsk& ask);
  // A request that will wait; from now on it can be cancelled. Code::too_many for one more than
  // limits::waiting_requests of this session, Code::invalid_request for a number that is in use;
  // `ended` is not called then. This and cancel() do not wait for a file system.
  Result<void> enrol(const WaitKey& key, const std::shared_ptr<Handle>& handle, const LockAsk& ask, Ended ended);
  // Asks for the lock, and waits for it when it is taken.
  void begin(const WaitKey& key);
  // If it waits.
  void cancel(const WaitKey& key);
  void cancel(const Locks* mount, const void* session);
  // The posix lock that is in the way; unlock: none.
  Result<fs::GetLockReply> test(const LockAsk& ask);
  // All that was locked through the handle is given back, and what waits through it ends.
  void release(const Locks* mount, std::uint64_t handle_id, const FileKey& key);
  // All that the mount has locked.
  void release(const Locks* mount);
  // Owners with locks.
  std::size_t size(const Locks* mount) const;
  // Does it while the mount has no lock in the file, nor gets one; false: it has one.
  bool unless_locked(const Locks* mount, const FileKey& key, const std::function<void()>& work) const;

 private:
  struct Held {
    std::shared_ptr<const Descriptor> file;
    bool writable = false;
    LockRanges ranges;
    std::uint32_t pid = 0;
    std::set<std::uint64_t> handles;
    std::size_t uses = 0;  // requests that wait, or are carried out
    Portion paid{};
  };
  struct File;
  struct Wait;
  class Turn;
  class Endings;
  using FilePointer = std::shared_ptr<File>;
  using WaitPointer = std::shared_ptr<Wait>;

  // Those with a Turn are called in it, those below them with mutex_ held.
  int attempt(Turn& turn, const LockAsk& ask, bool& gave_back);
  int open_for(Turn& turn, const LockAsk& ask);
  bool has_room(const File& file, const LockAsk& ask) const;
  void set_ranges(const LockOwner& owner, Held& held, const LockRange& range);
  void retry(Turn& turn, Endings& endings);
  template <class Gone>
  void release_if(Turn& turn, Endings& endings, Gone gone);
  void kernel_ended(const WaitPointer& wait, const Descriptor& own, int error);

  void asked(const WaitPointer& wait, int error, Endings& endings);
  void ask_kernel(const WaitPointer& wait);
  void finish(const WaitPointer& wait, int error, Endings& endings);
  void cancel(const WaitPointer& wait, Endings& endings);
  void end_use(File& file, const LockOwner& owner);
  void drop_if_unused(File& file, const LockOwner& owner);
  static std::vector<LockOwner> in_the_way(const File& file, const LockOwner& owner, const LockRange& range);
  bool never_ends(const Wait& wait) const;
  static std::uint32_t pid_of(const File& file, const LockOwner& asks, const LockRange& held);

  // Guards what is written down. A file's turn is taken before it, and held while the kernel is
  // asked.
  mutable std::mutex mutex_;
  std::unordered_map<FileKey, FilePointer, FileKeyHash> files_;
  // What each mount has: those that have something.
  struct Count {
    std::size_t owners = 0, ranges = 0;
  };
  std::unordered_map<const Locks*, Count> counts_;
  std::map<WaitKey, WaitPointer> waits_;
  std::multimap<LockOwner, WaitPointer> waiting_;  // the same
  LockThreads threads_;
};

}  // namespace dftp::server
