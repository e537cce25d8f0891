// What the operations on names have in common.
#pragma once

#include "server/mount/mount_state.h"

namespace dftp::server::operations {

// Set-id bits on what is no directory are for those alone who act as somebody: else anybody who may write could make a
// program that runs as the server's user.
std::uint32_t allowed_mode(std::uint32_t mode, bool directory, const std::optional<fs::Caller>& as);

// Whoever shares a directory has decided who may enter it, and what it shows of itself: EPERM where
// the node is the root of what the user has and nobody is acted for. For its mode, owner, times and
// ACLs, on every way to them.
Result<void> check_may_change(const MountState& mount, std::uint64_t node, const std::optional<fs::Caller>& as);

// The reply for what stands under a name now, after it was made there; counts a lookup.
Result<fs::EntryReply> made_entry(MountState& mount, const NodeName& place, ScopedNameChange& own);

// What an unlink or a rename does to whatever has the name. Made before, with the name as it is then.
class Loss {
 public:
  Loss(MountState& mount, const NodeName& place);
  // 0: the mount does not know it.
  std::uint64_t node() const { return node_; }
  // Its attributes now; tells the other mounts.
  std::optional<fs::Attr> settle(bool gone);

 private:
  MountState& mount_;
  const std::uint64_t parent_;
  const std::string name_;
  std::optional<FileStatus> looked_;
  std::uint64_t node_ = 0;
  SharedDescriptor held_;
  std::optional<ScopedChange> change_;
};

}  // namespace dftp::server::operations
