// The storages of those who are logged in: one a home, shared by its sessions.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"

namespace dftp::server {

// Thread-safe.
class HomeStorages {
 public:
  explicit HomeStorages(RootDirectory share) : share_(std::move(share)) {}
  // Blocks: call it on the disk pool. A home is reached from the share that is held open, and through no symbolic link:
  // other users may write where it lies. Errors name the home as the user's administrator wrote it.
  Result<std::shared_ptr<Storage>> open(const RemotePath& home);
  // The home itself, reached the same way. Blocks.
  Result<RootDirectory> directory(const RemotePath& home) const { return share_.narrowed(home); }
  // Of all homes.
  const std::shared_ptr<const Descriptor>& share() const { return share_.root(); }

 private:
  const RootDirectory share_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Storage>> open_;
};

}  // namespace dftp::server
