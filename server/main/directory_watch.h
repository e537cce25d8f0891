// Notices at once, where the kernel tells, that something in a directory has changed.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "proto/net/signals.h"
#include "proto/net/unique_fd.h"

namespace dftp::server {

// Lives on one loop, which ends before it goes.
class DirectoryWatch {
 public:
  // False when none of them can be watched: no watch is left, say.
  bool start(net::Executor executor, const std::vector<std::filesystem::path>& directories);
  // More of them, after start(). From any thread.
  bool add(const std::vector<std::filesystem::path>& directories) const;
  // Waits for files that were written, made, moved or removed since the last time; what has changed is found by
  // looking. False when nothing is watched any more.
  net::Task<bool> changed();
  void close();

 private:
  net::UniqueFd events_;
  std::optional<net::Readiness> ready_;
  bool closed_ = false;
};

}  // namespace dftp::server
