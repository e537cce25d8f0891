// Digests of leaves that were hashed before, so that a file which many fetch is hashed once.
//
// A file is known by its path and version (size, mtime, ctime, inode). One that was changed within the last seconds is
// not remembered: it could change again within the same tick of the file system's clock, and look like the same
// version. Memory is taken for what was hashed, whatever size a file says it has.
#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "proto/digest/md5.h"
#include "proto/wire/attributes.h"
#include "proto/wire/remote_path.h"

namespace dftp {

// Thread-safe.
class DigestCache {
 public:
  // Bytes that all files together take, and may take.
  struct Budget {
    explicit Budget(std::size_t max) : max(max) {}
    const std::size_t max;
    std::atomic<std::size_t> taken{0};
    // False when there is no room.
    bool take(std::size_t bytes);
  };

  // Of one version of a file. Thread-safe; may outlive the memory.
  class File {
   public:
    // `own_bytes` are taken already, and given back by it. No budget: it remembers nothing.
    File(std::uint64_t leaves, std::shared_ptr<Budget> budget, std::size_t own_bytes)
        : leaves_(leaves), budget_(std::move(budget)), own_bytes_(own_bytes) {}
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    // False when one of them is not known. `first` is the leaf's number.
    bool get(std::uint64_t first, std::span<Digest> out) const;
    // What there is no room for is not remembered.
    void put(std::uint64_t first, std::span<const Digest> digests);
    void forget();
    // What it takes when all leaves are known.
    static std::size_t bytes_of(std::uint64_t leaves) { return (leaves / chunk_leaves + 1) * chunk_bytes; }

   private:
    static constexpr std::size_t chunk_leaves = 64;  // 4 MiB of the file
    struct Chunk {
      std::array<Digest, chunk_leaves> digests;
      std::bitset<chunk_leaves> known;
    };
    using Chunks = std::map<std::uint64_t, Chunk>;
    // With what a node of a map takes.
    static constexpr std::size_t chunk_bytes = sizeof(Chunks::value_type) + 48;

    mutable std::mutex mutex_;
    const std::uint64_t leaves_;
    const std::shared_ptr<Budget> budget_;
    const std::size_t own_bytes_;
    Chunks chunks_;  // by their number
  };

  explicit DigestCache(std::size_t max_bytes) : budget_(std::make_shared<Budget>(max_bytes)) {}
  // Those that were asked for least recently go when there is no room for all that could be known of this one; one that
  // alone is too large is not kept.
  std::shared_ptr<File> file(const RemotePath& path, const Attributes& attributes);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<File> file;
  };
  using Entries = std::list<Entry>;  // the most recent first

  const std::shared_ptr<Budget> budget_;
  std::mutex mutex_;
  Entries entries_;
  std::map<std::string, Entries::iterator> by_key_;
};

}  // namespace dftp
