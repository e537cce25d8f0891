// Whether another file system is mounted beneath a directory. Asking costs one system call; the kernel says when the
// answer may have changed.
#pragma once

#include <mutex>

#include "proto/storage/descriptor.h"
#include "server/mount/kept_descriptors.h"

namespace dftp::server {

// Thread-safe.
class MountPoints {
 public:
  explicit MountPoints(SharedDescriptor directory);
  // True as well where nobody can tell.
  bool any();

 private:
  bool changed() const;
  bool look() const;

  const SharedDescriptor directory_;
  const Descriptor table_;
  std::mutex mutex_;
  bool any_ = true;
};

}  // namespace dftp::server
