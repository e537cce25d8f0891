#include "server/session/home_storages.h"

#include "proto/storage/posix_storage.h"

namespace dftp::server {

Result<std::shared_ptr<Storage>> HomeStorages::open(const RemotePath& home) {
  const std::string name = home.relative();
  {
    const std::lock_guard lock(mutex_);
    if (auto storage = open_[name].lock()) return storage;
  }
  // Without the lock: one home on a disk that hangs must not keep the others out.
  auto opened = open_posix_storage(share_, home);
  if (!opened) return std::unexpected(std::move(opened.error()));
  std::shared_ptr<Storage> storage = std::move(*opened);
  const std::lock_guard lock(mutex_);
  open_[name] = storage;
  return storage;
}

}  // namespace dftp::server
