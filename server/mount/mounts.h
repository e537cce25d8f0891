// All mounts of the server: by token, and as long as their grace lasts.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "proto/storage/beneath.h"
#include "proto/wire/limits.h"
#include "server/mount/mount_state.h"

namespace dftp {

// What a session does with a mount that another session has taken over.
class MountHolder {
 public:
  virtual ~MountHolder() = default;
  // On any thread.
  virtual void taken_over() = 0;
};

// Thread-safe.
class Mounts {
 public:
  using Clock = std::chrono::steady_clock;
  // `share`: the directory of all users.
  Mounts(Watches& watches, const Held& share, Clock::time_point (*now)() = Clock::now)
      : now_(now), watches_(watches), mount_points_(share) {}

  // A new mount of the directory that `home` reaches at terms.path, for `holder`. Blocks. Code::too_many.
  Result<std::shared_ptr<MountState>> open(const Beneath& home, MountTerms terms,
                                           const std::shared_ptr<MountHolder>& holder);
  // Code::not_found, in the same words, for one that is over, or another user's.
  Result<std::shared_ptr<MountState>> take_over(const std::string& token, const std::string& user,
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
  void tell(const MountState& origin, const OwnDeed& deed);
  Watches& watches() { return watches_; }
  MountPoints& mount_points() { return mount_points_; }
  std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<MountState> mount;
    std::weak_ptr<MountHolder> holder;
    const MountHolder* held_by = nullptr;  // nullptr: nobody, until `end`
    Clock::time_point end{};
  };

  template <class Over>
  std::size_t end_entries(Over over);

  Clock::time_point (*const now_)();
  Watches& watches_;
  MountPoints mount_points_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> by_token_;
};

}  // namespace dftp
