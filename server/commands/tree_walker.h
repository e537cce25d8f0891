// What is beneath a path, one thing after the other, depth first, in bounded memory.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "proto/storage/storage.h"

namespace dftp::server {

struct Visit {
  enum class What {
    found,   // a directory comes before what is in it
    leaves,  // of a directory, after what is in it
    failed,  // `error`: of a directory that cannot be read, or a thing that cannot be looked at
  };
  What what = What::found;
  RemotePath beneath;  // the walk's path; the root: that itself
  std::size_t depth = 0;
  Attributes attributes;
  std::optional<Error> error{};
  Partials partials{};  // of a directory that it leaves: in itself
};

// Blocks: call it on the disk pool, one call at a time. One open directory a level. No link is followed but the path's
// own, also when somebody swaps directories for links meanwhile.
class TreeWalker {
 public:
  // Goes `depth` levels down.
  TreeWalker(Storage& storage, RemotePath path, std::size_t depth)
      : storage_(storage), path_(std::move(path)), depth_(depth) {}

  // nullopt at the end. An error only if there is nothing at the path.
  Result<std::optional<Visit>> next();
  // Does not go into the directory that was found last, nor tells that it leaves it or cannot be read.
  void skip();
  // In which what was found is to be looked at further, by the walk's path and what is beneath it.
  Storage& storage() { return held_ ? *held_ : storage_; }

 private:
  struct Level {
    RemotePath beneath;
    Attributes attributes;
    std::unique_ptr<Listing> listing;
  };
  Result<std::optional<Visit>> begin();
  std::optional<Visit> enter(Visit visit);
  std::optional<Visit> look_at(Level& level, const DirectoryEntry& entry);

  Storage& storage_;
  std::shared_ptr<Storage> held_;  // once the path is known to be a directory
  const RemotePath path_;
  const std::size_t depth_;
  std::vector<Level> levels_;
  std::optional<Visit> failed_;  // to be told next
  bool begun_ = false;
  bool entered_ = false;  // the last visit was of a directory that is open now
};

}  // namespace dftp::server
