// All mounts of the server: by token, and as long as their grace lasts.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "proto/net/async.h"
#include "proto/wire/limits.h"
#include "server/mount/local_writers.h"
#include "server/mount/mount_state.h"

namespace dftp::server {

// What a session does with a mount that another session has taken over.
class MountHolder {
 public:
  virtual ~MountHolder() = default;
  // Ends the session that has the mount. Returns when nothing that came through it is carried out any more: what the
  // next holder is asked for comes after it. Awaited on any loop.
  virtual net::Task<void> taken_over() = 0;
};

// Thread-safe.
class Mounts {
 public:
  using Clock = std::chrono::steady_clock;
  // `share`: the directory of all users.
  Mounts(Watches& watches, const SharedDescriptor& share, Clock::time_point (*now)() = Clock::now);

  // A new mount, for `holder`. Blocks. Code::too_many.
  Result<std::shared_ptr<MountState>> open(MountTerms terms, const std::shared_ptr<MountHolder>& holder);
  // Code::not_found, in the same words, for one that is over, or another user's.
  // `before`, if any, must be taken over from before anything is carried out for `holder`.
  struct TakenOver {
    std::shared_ptr<MountState> mount;
    std::shared_ptr<MountHolder> before;
  };
  Result<TakenOver> take_over(const std::string& token, const std::string& user,
                              const std::shared_ptr<MountHolder>& holder);
  // Its holder is gone: the grace begins. Nothing happens when another one has taken over.
  void leave(const MountState& mount, const MountHolder* holder);
  // At once.
  void end(const MountState& mount);
  // At once, all for which `over` is true. How many.
  std::size_t end_if(const std::function<bool(const MountTerms& terms)>& over);
  // Ends those whose grace is over.
  void sweep();

  // What `origin` has done, to all others.
  void broadcast(const MountState& origin, const MountChange& deed);
  Watches& watches() { return watches_; }
  LockTable& locks() { return locks_; }
  MountPoints& mount_points() { return mount_points_; }
  std::size_t size() const;
  // A mount keeps descriptors, which it is to close when they are old.
  void wake_sweeper();

 private:
  struct Entry {
    std::shared_ptr<MountState> mount;
    std::weak_ptr<MountHolder> holder;
    const MountHolder* held_by = nullptr;  // nullptr: nobody, until `end`
    Clock::time_point end{};
  };

  template <class Over>
  std::size_t end_entries(Over over);
  std::vector<std::shared_ptr<MountState>> all_but(const MountState* one);
  void sweep_descriptors(const std::stop_token& stopped);
  void tell_of_writers(const std::vector<std::shared_ptr<MountState>>& mounts);

  Clock::time_point (*const now_)();
  Watches& watches_;
  MountPoints mount_points_;
  LockTable locks_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> by_token_;
  std::mutex sweeper_mutex_;
  std::condition_variable_any sweeper_wakes_;
  bool something_kept_ = false;
  LocalWriters local_writers_;  // of the sweeper's
  std::jthread sweeper_;
};

}  // namespace dftp::server
