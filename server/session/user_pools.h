// The threads for disks and digests as each user has them: by a queue of its own, so that nobody waits for all that
// others have asked for. Who is anonymous has one for each source instead. docs/decisions/0044.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "proto/net/disk_pool.h"

namespace dftp::server {

struct UserPools {
  net::DiskPool disk, hashing;
};

// Thread-safe.
class UserPoolTable {
 public:
  // They outlive this, and all work.
  UserPoolTable(const net::DiskPool& disk, const net::DiskPool& hashing) : disk_(disk), hashing_(hashing) {}
  // The same for all sessions of the user, or of the source (source_of()) when the user is anonymous. When the last of
  // them lets go the next one who comes gets them. The pools themselves stay where they are for as long as this lives:
  // what is still to be done by then is done.
  std::shared_ptr<UserPools> of(const std::string& user, const std::string& source);
  // How many there are, in use or not.
  std::size_t size() const;

 private:
  struct Queues : UserPools {
    Queues(const net::DiskPool& disk, const net::DiskPool& hashing)
        : UserPools{disk.another_queue(), hashing.another_queue()} {}
  };
  struct Lease;
  void give_back(const std::string& owner, UserPools& pools);

  const net::DiskPool& disk_;
  const net::DiskPool& hashing_;
  mutable std::mutex mutex_;
  std::deque<Queues> all_;        // as many as were in use at the same time
  std::vector<UserPools*> free_;  // has room for all of them
  std::map<std::string, std::weak_ptr<UserPools>> owned_;
};

}  // namespace dftp::server
