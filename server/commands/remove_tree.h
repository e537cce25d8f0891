// A directory with all that is in it.
#pragma once

#include <memory>
#include <vector>

#include "server/session/active_request.h"

namespace dftp::server {

// Removes step by step, in bounded memory; one open directory a level. A link is removed and not followed, also when
// somebody swaps directories for links meanwhile. What cannot be removed is told, and the rest goes. Blocks: call it on
// the disk pool, one call at a time. The request must outlive it.
class TreeRemoval {
 public:
  TreeRemoval(Storage& storage, const Remove& request) : storage_(storage), request_(request) {}

  // Some of it; false when all is done. An error: nothing could be done at all.
  Result<bool> step();
  const RemoveReply& reply() const { return reply_; }

 private:
  // A directory on the way down.
  struct Level {
    RemotePath path;
    std::unique_ptr<Listing> listing{};
    bool removed_some = false;  // since its listing was begun: it may be worth another one
    bool failed = false;        // something stays in it
  };
  Result<bool> begin();
  bool enter(const RemotePath& path);
  void take(const DirectoryEntry& entry);
  void leave();
  void remove_file(const RemotePath& path);
  void gone();
  void fail_with(Error error);

  Storage& storage_;
  const Remove& request_;
  std::shared_ptr<Storage> held_;
  std::vector<Level> way_;
  RemoveReply reply_;
  std::size_t told_bytes_ = 0;
};

net::Task<Result<RemoveReply>> remove_tree(ActiveRequest& call, const Remove& request);

}  // namespace dftp::server
