// The threads for disks and digests as each user has them: by a queue of its own, so that nobody waits for all that
// others have asked for. docs/decisions/0044.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "proto/net/disk_pool.h"

namespace dftp {

struct UserPools {
  net::DiskPool disk, hashing;
};

// Thread-safe.
class PoolKeeper {
 public:
  // They outlive this, and all work.
  PoolKeeper(const net::DiskPool& disk, const net::DiskPool& hashing) : disk_(disk), hashing_(hashing) {}
  // Stays where it is for as long as this lives.
  UserPools& of(const std::string& user) {
    const std::lock_guard lock(mutex_);
    const auto found = users_.find(user);
    if (found != users_.end()) return found->second;
    return users_.try_emplace(user, disk_, hashing_).first->second;
  }

 private:
  struct Queues : UserPools {
    Queues(const net::DiskPool& disk, const net::DiskPool& hashing)
        : UserPools{disk.another_queue(), hashing.another_queue()} {}
  };

  const net::DiskPool& disk_;
  const net::DiskPool& hashing_;
  std::mutex mutex_;
  std::map<std::string, Queues> users_;  // as many as users have logged in
};

}  // namespace dftp
