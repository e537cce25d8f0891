// The kernel's side of the mount. Only operations*.cpp know libfuse.
#pragma once

#include <functional>
#include <memory>

#include "fuse/filesystem.h"

namespace dftp::mount {

class KernelMount {
 public:
  // Mounts `files` on `directory` (absolute). Code::denied and others say why not.
  static Result<std::unique_ptr<KernelMount>> make(Filesystem& filesystem, Notifier& notifier,
                                                   const std::string& directory);
  virtual ~KernelMount() = default;

  // Answers the kernel's requests until it is unmounted, or stop(). `ready` is called when the kernel uses the mount.
  virtual Task<void> serve(std::function<void()> ready) = 0;
  virtual void stop() = 0;
  // Takes the mount away, if it is still there.
  virtual void unmount() = 0;
};

}  // namespace dftp::mount
