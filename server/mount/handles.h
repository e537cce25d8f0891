// The open files of a mount.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "proto/wire/mount_files.h"
#include "server/guard/budgets.h"
#include "server/mount/kept_descriptors.h"
#include "server/watch/file_status.h"

namespace dftp::server {

struct Handle {
  // Constant after construction.
  const SharedDescriptor file;
  const std::uint64_t node;
  const FileKey key;
  const fs::Access access;
  const std::optional<fs::Caller> opener;  // on whose behalf it is written to
  const bool made;                         // by this very opening

  std::atomic<bool> locked = false;    // ever
  std::atomic<bool> released = false;  // nothing is locked through it any more
  // Held while the file's own position is used: by appending, and by looking for data and holes.
  std::mutex position{};

  bool reads() const { return access != fs::Access::write; }
  bool writes() const { return access == fs::Access::write || access == fs::Access::both; }
};

// Thread-safe.
class Handles {
 public:
  // Who pays for them; set before the first one is added. nullptr: nobody counts.
  void charge(std::shared_ptr<const Account> account) { account_ = std::move(account); }
  // EMFILE, when there are too many of this mount, or its user or source has as much open as it may have.
  Result<std::uint64_t> add(std::shared_ptr<Handle> handle);
  // EBADF.
  Result<std::shared_ptr<Handle>> find(std::uint64_t id) const;
  // The file is closed when nobody uses it any more. EBADF.
  Result<std::shared_ptr<Handle>> remove(std::uint64_t id);
  std::vector<std::shared_ptr<Handle>> all() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  struct Open {
    std::shared_ptr<Handle> handle;
    Portion share;
  };
  std::shared_ptr<const Account> account_;
  std::unordered_map<std::uint64_t, Open> open_;
};

}  // namespace dftp::server
