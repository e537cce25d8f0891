// Where one source of a transfer goes, and what is beneath it: once that is a directory it is held open, and no link is
// followed below it, whatever is swapped there meanwhile.
#pragma once

#include <memory>
#include <mutex>

#include "proto/storage/storage.h"

namespace dftp {

// Thread-safe. Blocks: call it on the disk pool.
class TargetTree {
 public:
  TargetTree(std::shared_ptr<Storage> storage, RemotePath path)
      : storage_(std::move(storage)), path_(std::move(path)) {}

  // For the target itself. Does not block.
  const std::shared_ptr<Storage>& storage() const { return storage_; }
  // For what is beneath it, by the same paths. `links`: what to do about one that is the target itself, the first time.
  // An error while the target is no directory.
  Result<std::shared_ptr<Storage>> beneath(Links links = Links::follow) {
    const std::lock_guard lock(mutex_);
    if (held_) return held_;
    auto held = storage_->hold(path_, links);
    if (held) held_ = *held;
    return held;
  }

  // What becomes of times where `path` is, as it is at the first such path.
  KeptTimes kept_times(Storage& storage, const RemotePath& path) {
    const std::lock_guard lock(mutex_);
    if (!kept_times_) kept_times_ = storage.kept_times(path.parent()).value_or(KeptTimes());
    return *kept_times_;
  }

 private:
  const std::shared_ptr<Storage> storage_;
  const RemotePath path_;
  std::mutex mutex_;
  std::shared_ptr<Storage> held_;
  std::optional<KeptTimes> kept_times_;
};

}  // namespace dftp
