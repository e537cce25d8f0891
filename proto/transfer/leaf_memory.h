// Digests of leaves that were hashed before, so that a file which many fetch is hashed once.
//
// A file is known by its path and version (size, mtime, ctime, inode). One that was changed within the last seconds is
// not remembered: it could change again within the same tick of the file system's clock, and look like the same
// version.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "proto/digest/md5.h"
#include "proto/wire/attributes.h"
#include "proto/wire/remote_path.h"

namespace dftp {

// Thread-safe.
class LeafMemory {
 public:
  // Of one version of a file. Thread-safe; may outlive the memory.
  class File {
   public:
    // `settled`: one that is not remembers nothing.
    File(std::uint64_t size, bool settled);
    bool settled() const { return !known_.empty(); }
    // False when one of them is not known. `first` is the leaf's number.
    bool get(std::uint64_t first, std::span<Digest> out) const;
    void put(std::uint64_t first, std::span<const Digest> digests);
    void forget();

   private:
    mutable std::mutex mutex_;
    std::vector<Digest> digests_;
    std::vector<bool> known_;
  };

  explicit LeafMemory(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  // Those that were asked for least recently go when there are too many; one that alone is too large is not kept.
  std::shared_ptr<File> file(const RemotePath& path, const Attributes& attributes);

 private:
  struct Entry {
    std::string key;
    std::size_t bytes;
    std::shared_ptr<File> file;
  };
  using Entries = std::list<Entry>;  // the most recent first

  const std::size_t most_bytes_;
  std::mutex mutex_;
  Entries entries_;
  std::map<std::string, Entries::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace dftp
