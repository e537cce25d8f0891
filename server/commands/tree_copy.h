// A file or a directory copied within the server, each file in one step and durable, as an upload is.
#pragma once

#include <chrono>

#include "proto/wire/feed.h"
#include "server/commands/tree_walker.h"

namespace dftp::server {

// Blocks: call it on the disk pool, one call at a time. What is not finished when it goes away leaves nothing behind.
class TreeCopy {
 public:
  using Clock = std::chrono::steady_clock;
  // The request must outlive it. `owner` tells its partial files from uploads.
  TreeCopy(Storage& storage, const Copy& request, std::string owner);
  ~TreeCopy();
  TreeCopy(const TreeCopy&) = delete;
  TreeCopy& operator=(const TreeCopy&) = delete;

  // Copies until about `end`; false when all is done. An error: it is over, and why. Of a directory, what fails in it
  // is counted and told by take_errors(), and the rest goes on.
  Result<bool> step(Clock::time_point end);
  const CopyReply& totals() const { return totals_; }
  std::vector<WireError> take_errors() { return std::exchange(errors_, {}); }

 private:
  // A file that is being copied, or has been and waits for its name.
  struct File {
    RemotePath source, target;
    std::unique_ptr<ReadFile> from;
    std::unique_ptr<PartialFile> to;
    Attributes attributes;
    std::uint64_t offset = 0;
    Publish publish() const;
  };

  Result<void> begin();
  Result<void> visit(Visit& visit);
  Result<void> take(Visit& visit);
  Result<void> make_directory(const Visit& visit, const RemotePath& target);
  Result<void> leave_directory(const Visit& visit, const RemotePath& target);
  Result<void> copy_link(const RemotePath& source, const RemotePath& target);
  Result<void> open_file(const Visit& visit, const RemotePath& source, const RemotePath& target);
  Result<bool> is_there(const RemotePath& target, const Attributes& source);
  Result<void> copy_piece();
  Result<void> publish_all();
  Result<void> publish(File& file);
  // Counts a failure; it is the whole copy's, when that is one file.
  Result<void> settle(Result<void> result);
  // Where the copy is made: once that is a directory, it is held, as the walk holds the source.
  Storage& target_storage() { return held_ ? *held_ : storage_; }

  Storage& storage_;
  std::shared_ptr<Storage> held_;
  const Copy& request_;
  const std::string owner_;
  TreeWalker walk_;
  bool begun_ = false;
  bool tree_ = false;
  std::optional<std::uint64_t> own_root_;  // inode of the directory that the copy goes to
  std::optional<File> file_;               // under way
  std::vector<File> copied_;
  CopyReply totals_;
  std::vector<WireError> errors_;
};

}  // namespace dftp::server
