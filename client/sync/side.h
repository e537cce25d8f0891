// The two sides of a sync: what is there, and how it is changed. Belong to one loop; both refer to what they were made
// with.
#pragma once

#include <filesystem>
#include <memory>

#include "client/remote.h"
#include "client/sync/plan.h"
#include "proto/storage/storage.h"
#include "proto/wire/path_rules.h"

namespace dftp::sync {

class SyncSide {
 public:
  virtual ~SyncSide() = default;
  // Code::not_found when there is no such directory. What cannot be read within it is in SyncTree::errors.
  virtual net::Task<Result<SyncTree>> list(const PathRules& rules) = 0;
  // What becomes of times there; all are kept where that cannot be known.
  virtual net::Task<Result<KeptTimes>> kept_times() = 0;
  // MD5 of whole files, in the order of the paths; empty for one that cannot be had.
  virtual net::Task<Result<std::vector<std::string>>> digests(const std::vector<std::string>& paths) = 0;
  // Anything but SyncAction::send. A path that is empty is the top, which is made with its parents.
  virtual net::Task<Result<void>> carry_out(const PlannedChange& change) = 0;
};

std::unique_ptr<SyncSide> make_local_side(net::DiskPool& pool, std::filesystem::path top);
std::unique_ptr<SyncSide> make_remote_side(client::ServerHandle& session, RemotePath top);

}  // namespace dftp::sync
