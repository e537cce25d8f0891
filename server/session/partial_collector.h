// Looking through directories for old partials: seldom, so that using one again and again costs nothing.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "proto/storage/storage.h"

namespace dftp::server {

// Thread-safe.
class PartialCollector {
 public:
  using Clock = std::chrono::steady_clock;
  explicit PartialCollector(Clock::time_point (*now)() = Clock::now) : now_(now) {}
  // Removes old partials in `directory` when that is due. `home` is where the storage begins. May block.
  void sweep(Storage& storage, const RemotePath& home, const RemotePath& directory);
  // True once an hour for each directory; it counts as swept then.
  bool due(const RemotePath& home, const RemotePath& directory);

 private:
  Clock::time_point (*const now_)();
  std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> swept_;
};

}  // namespace dftp::server
