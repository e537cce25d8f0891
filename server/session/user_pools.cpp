#include "server/session/user_pools.h"

#include "server/auth/users.h"

namespace dftp::server {

// What all sessions of an owner hold together.
struct UserPoolTable::Lease {
  ~Lease() {
    if (pools) keeper.give_back(owner, *pools);
  }
  UserPoolTable& keeper;
  const std::string owner;
  UserPools* pools = nullptr;
};

std::shared_ptr<UserPools> UserPoolTable::of(const std::string& user, const std::string& source) {
  // No user has a '/' in the name.
  const std::string owner = user == anonymous_user ? "source/" + source : user;
  // Memory that cannot be had leaves nothing half done: a lease that ended in here would wait for the lock.
  const auto lease = std::make_shared<Lease>(*this, owner);
  const std::lock_guard lock(mutex_);
  auto& owned = owned_[owner];
  if (auto pools = owned.lock()) return pools;
  if (free_.empty()) {
    free_.reserve(all_.size() + 1);
    free_.push_back(&all_.emplace_back(disk_, hashing_));
  }
  lease->pools = free_.back();
  free_.pop_back();
  std::shared_ptr<UserPools> pools(lease, lease->pools);
  owned = pools;
  return pools;
}

void UserPoolTable::give_back(const std::string& owner, UserPools& pools) {
  const std::lock_guard lock(mutex_);
  free_.push_back(&pools);
  const auto found = owned_.find(owner);  // somebody else's by now, when the owner has come back meanwhile
  if (found != owned_.end() && found->second.expired()) owned_.erase(found);
}

std::size_t UserPoolTable::size() const {
  const std::lock_guard lock(mutex_);
  return all_.size();
}

}  // namespace dftp::server
