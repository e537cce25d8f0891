// Whether another file system is mounted beneath a directory. Asking costs one system call; the kernel says when the
// answer may have changed.
#pragma once

#include <atomic>
#include <mutex>

#include "proto/storage/descriptor.h"
#include "server/mount/handles.h"

namespace dftp {

// Thread-safe.
class MountPoints {
 public:
  explicit MountPoints(Held directory);
  // True as well where nobody can tell.
  bool any();

 private:
  bool changed() const;
  void look();

  const Held directory_;
  const Descriptor table_;
  std::mutex mutex_;
  std::atomic<bool> any_ = true;
};

}  // namespace dftp
