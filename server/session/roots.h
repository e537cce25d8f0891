// The storages of those who are logged in: one a home, shared by its sessions.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "proto/storage/storage.h"

namespace dftp {

// Thread-safe.
class Roots {
 public:
  explicit Roots(std::filesystem::path root) : root_(std::move(root)) {}
  // Blocks: call it on the disk pool. Errors name the home as the user's administrator wrote it.
  Result<std::shared_ptr<Storage>> open(const RemotePath& home);

 private:
  const std::filesystem::path root_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Storage>> open_;
};

}  // namespace dftp
