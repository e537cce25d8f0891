// What this mount has changed and nobody has synced since: the server has it in memory, and loses it when its machine
// is started again. By inode, which outlasts mounts and connections. Pure.
#pragma once

#include "fuse/name_cache.h"

namespace dftp::mount {

class Unsynced {
 public:
  Unsynced();

  void changed(std::uint64_t inode, Clock::time_point now = Clock::now());
  // A new file has the inode of one that is gone.
  void made(std::uint64_t inode) { marks_.erase(inode); }

  // For synced(), to be asked for before the request is sent.
  std::uint64_t begin() const { return last_; }
  // The server has synced it as it was then, or later. False, once: what was changed before is lost.
  bool synced(std::uint64_t inode, std::uint64_t begun);

  // The server's machine was started again; it was last heard of at this time.
  void rebooted(Clock::time_point heard);

 private:
  struct Mark {
    std::uint64_t number;  // of the last change
    Clock::time_point at;
    bool lost = false;
  };
  std::uint64_t last_ = 0;
  Lru<std::uint64_t, Mark> marks_;
};

}  // namespace dftp::mount
