// The seam to whatever holds the files: a tree of names beneath one root that cannot be left.
//
// Every call is synchronous and may block on a disk: call it on the disk pool. Storage itself is thread-safe; a file or a
// listing that it returned belongs to one thread at a time. Paths are resolved anew in each call; symbolic links are
// followed only beneath the root, and in the last component only where said. Errors carry the path in `where`; a path that
// leaves the root is Code::outside_root. Names that begin with `partial_prefix` are reserved: invisible in listings,
// Code::invalid_name in every call.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/attributes.h"
#include "proto/wire/bytes.h"
#include "proto/wire/error.h"
#include "proto/wire/remote_path.h"

namespace dftp {

inline constexpr std::string_view partial_prefix = ".dftp-part-";

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool hole = false;
};

class ReadFile {
 public:
  virtual ~ReadFile() = default;
  // Reads until `out` is full or the file ends; the number of bytes read.
  virtual Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) = 0;
  virtual Result<Attributes> attributes() = 0;
  // The extent that holds `offset`, from `offset` on. One extent of data up to the end where holes cannot be told.
  // Past the end: length 0.
  virtual Result<Extent> extent_at(std::uint64_t offset) = 0;
};

struct Publish {
  std::uint32_t mode = 0644;   // permission bits
  std::int64_t mtime_ns = 0;
  bool replace = true;         // false: Code::exists when the name is taken
};

// A hidden file beside its target, kept when the object goes away, so that the next attempt finds it.
class PartialFile : public ReadFile {
 public:
  virtual Result<void> write_at(std::uint64_t offset, Bytes data) = 0;
  // The range reads as zero afterwards and takes no space where the file system can do that.
  virtual Result<void> zero(std::uint64_t offset, std::uint64_t length) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  // Makes sure that `size` bytes will fit: Code::no_space or Code::quota now rather than in the middle.
  virtual Result<void> reserve(std::uint64_t size) = 0;
  // Fills the partial with what the target's name holds now (by reference where the file system can).
  // Code::not_found when there is nothing.
  virtual Result<void> copy_target() = 0;
  // Makes the content durable. publish() does it too; calling flush() on many files first lets the disk work on them
  // together.
  virtual Result<void> flush() = 0;
  // Sets mode and time, makes content durable, and moves the file to its final name, atomically. The name itself is
  // durable after Storage::sync_directory. The partial is gone afterwards; on failure it is kept.
  virtual Result<Attributes> publish(const Publish& how) = 0;
  virtual Result<void> discard() = 0;
};

struct DirectoryEntry {
  std::string name;
  FileType type = FileType::other;
};

class Listing {
 public:
  virtual ~Listing() = default;
  // In the order the disk has them, without "." and ".." and partials; nullopt at the end.
  virtual Result<std::optional<DirectoryEntry>> next() = 0;
};

struct Space {
  std::uint64_t total = 0, free = 0, available = 0;  // bytes; `available` to this user
  std::uint64_t files = 0, files_free = 0;
};

enum class Links { follow, keep };  // what to do with a symbolic link as the last component

class Storage {
 public:
  virtual ~Storage() = default;

  virtual Result<Attributes> stat(const RemotePath& path, Links links) = 0;
  virtual Result<std::unique_ptr<Listing>> list(const RemotePath& path) = 0;
  virtual Result<std::unique_ptr<ReadFile>> open(const RemotePath& path, Links links) = 0;
  virtual Result<std::string> read_link(const RemotePath& path) = 0;
  virtual Result<Space> space(const RemotePath& path) = 0;

  // Opens (or makes) the partial of `target` that belongs to `owner`, and locks it against every other process and
  // session: Code::busy when another holds it. `existed` says whether earlier content is there.
  // Code::is_directory when the target is a directory.
  struct OpenedPartial {
    std::unique_ptr<PartialFile> file;
    bool existed = false;
  };
  virtual Result<OpenedPartial> open_partial(const RemotePath& target, std::string_view owner) = 0;
  // Makes the names in a directory durable.
  virtual Result<void> sync_directory(const RemotePath& path) = 0;
  // Removes partials in this directory that nobody holds and that were last written before `older_than` ago.
  virtual Result<std::size_t> collect_partials(const RemotePath& directory, std::chrono::seconds older_than) = 0;

  virtual Result<void> make_directory(const RemotePath& path, std::uint32_t mode) = 0;
  virtual Result<void> remove_directory(const RemotePath& path) = 0;
  // A file or a link; Code::is_directory for a directory.
  virtual Result<void> remove(const RemotePath& path) = 0;
  virtual Result<void> rename(const RemotePath& from, const RemotePath& to, bool replace) = 0;
  // Replaces an existing link when `replace`. The text of the link is stored as it is.
  virtual Result<void> make_symlink(std::string_view target, const RemotePath& path, bool replace) = 0;
  virtual Result<void> set_mode(const RemotePath& path, std::uint32_t mode) = 0;
  // Does not follow a link.
  virtual Result<void> set_mtime(const RemotePath& path, std::int64_t mtime_ns) = 0;
};

}  // namespace dftp
