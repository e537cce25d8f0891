// The end of a file, and what is added to it, also when it is cut or another file takes its place (log rotation).
#pragma once

#include "proto/storage/storage.h"
#include "proto/wire/feed.h"

namespace dftp::server {

// Blocks: call it on the disk pool, one call at a time. The request must outlive it.
class TailedFile {
 public:
  TailedFile(Storage& storage, const Tail& request) : storage_(storage), request_(request) {}

  Result<void> open();
  // Looks for where the last lines begin, some MiB a call; true when it is found. Before next().
  Result<bool> find_lines();
  // nullopt: nothing more for now.
  Result<std::optional<Tailed>> next();

 private:
  Result<void> open_file();
  Result<std::optional<Tailed>> look_at_path();
  Tailed part(Tailed::What what, std::string data = {}) const;

  Storage& storage_;
  const Tail& request_;
  std::unique_ptr<ReadFile> file_;
  std::string id_;
  std::uint64_t offset_ = 0;
  std::uint64_t lines_ = 0;              // still to be found
  std::optional<Tailed::What> to_tell_;  // before anything else
  bool seeking_ = false;
  bool at_end_ = true;  // of the search: a newline there belongs to the last line
  bool removed_ = false;
};

}  // namespace dftp::server
