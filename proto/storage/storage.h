// The seam to whatever holds the files: a tree of names beneath one root that cannot be left.
//
// Every call is synchronous and may block on a disk: call it on the disk pool. Storage itself is thread-safe; a file or
// a listing that it returned belongs to one thread at a time. Paths are resolved anew in each call; symbolic links are
// followed only beneath the root, and in the last component only where said. Errors carry the path in `where`; a path
// that leaves the root is Code::outside_root. Names that begin with `partial_prefix` are reserved: invisible in
// listings, Code::invalid_name in every call.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest/md5.h"
#include "proto/wire/attributes.h"
#include "proto/wire/bytes.h"
#include "proto/wire/error.h"
#include "proto/wire/remote_path.h"
#include "proto/wire/time_ns.h"

namespace dftp {

inline constexpr std::string_view partial_prefix = ".dftp-part-";
inline bool is_reserved(std::string_view name) {
  return name.starts_with(partial_prefix);
}

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool hole = false;
  bool holds(std::uint64_t at) const { return at >= offset && at < offset + length; }
};

class ReadFile {
 public:
  virtual ~ReadFile() = default;
  // Reads until `out` is full or the file ends; the number of bytes read.
  virtual Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) = 0;
  // As much of that as is in memory now; the only call that never blocks. 0 where this cannot be told, and on errors:
  // read_at() tells them.
  virtual std::size_t read_cached(std::uint64_t, MutableBytes) { return 0; }
  virtual Result<Attributes> attributes() = 0;
  // What the kernel knows the file by, for calls that move its bytes without a copy; -1: nothing. It is this object's.
  virtual int descriptor() const { return -1; }
  // The extent that holds `offset`, from `offset` on. One extent of data up to the end where holes cannot be told.
  // Past the end: length 0.
  virtual Result<Extent> extent_at(std::uint64_t offset) = 0;
};

struct OpenFile {
  std::unique_ptr<ReadFile> file;
  Attributes attributes;  // as they were when it was opened
};

struct Publish {
  std::uint32_t mode = 0644;  // permission bits: 0777 of it counts, nobody uploads a set-id program
  std::int64_t mtime_ns = 0;
  bool replace = true;  // false: Code::exists when the name is taken
  // What must have the name until the file takes it, as version_of() says: Code::changed for another. Empty: anything.
  std::string if_version = {};
  // The old file stays under its name with this behind it. Empty: it goes.
  std::string backup = {};
  bool exchanges() const { return !if_version.empty() || !backup.empty(); }
};

// A hidden file beside its target, kept when the object goes away, so that the next attempt finds it; but nothing is
// left where nothing has been written, now or by an earlier attempt. Nobody else may read it until its mode is set.
class PartialFile : public ReadFile {
 public:
  virtual Result<void> write_at(std::uint64_t offset, Bytes data) = 0;
  // The range reads as zero afterwards and takes no space where the file system can do that.
  virtual Result<void> zero(std::uint64_t offset, std::uint64_t length) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  // Whether `size` bytes would fit now: Code::no_space rather than in the middle. Nothing is taken for that: what is
  // only announced may never come.
  virtual Result<void> check_room(std::uint64_t size) = 0;
  // Fills the partial with the first `max` bytes of what the target's name holds now (by reference where the file
  // system can). Code::not_found when that is no file; a link is not followed, as it is the link that publish()
  // replaces.
  virtual Result<void> copy_target(std::uint64_t max) = 0;
  // Writes what `from` has in the range to the same range (by reference, or within the kernel, where both can do that).
  // Code::changed when `from` ends before the range does.
  virtual Result<void> copy_range(ReadFile& from, std::uint64_t offset, std::uint64_t length);
  // Sets mode and time and lets the disk begin to write, without waiting for it.
  virtual Result<void> prepare(const Publish& how) = 0;
  // Makes content, mode and time durable.
  virtual Result<void> flush() = 0;
  // Moves the file to its final name, atomically, after what is still missing of prepare() and flush(). To publish many
  // files, prepare all, then flush all, then publish all: the disk commits them together (five times as fast on ext4).
  // The name itself is durable after Storage::sync_directory. The object is spent afterwards; on failure the partial is
  // kept. A directory in the way is Code::is_directory.
  virtual Result<Attributes> publish(const Publish& how) = 0;
  // Removes the partial; the object is spent.
  virtual Result<void> discard() = 0;
  // Bytes from the beginning on that are known to be good and need not, or cannot, be read again: what was delivered
  // into a pipe. On leaf edges. A pipe is written in order, and what lies below this is not written twice.
  virtual std::uint64_t verified_prefix() { return 0; }
  // MD5 of everything that was written, where it cannot be read again: what was delivered into a pipe, by however many
  // attempts. nullopt: read it.
  virtual std::optional<Digest> whole_md5() { return std::nullopt; }
};

struct DirectoryEntry {
  std::string name;
  FileType type = FileType::other;
};

// Unfinished uploads.
struct Partials {
  std::uint64_t count = 0;
  std::uint64_t allocated = 0;  // bytes on the disk
};

class Listing {
 public:
  virtual ~Listing() = default;
  // In the order the disk has them, without "." and ".." and partials; nullopt at the end.
  virtual Result<std::optional<DirectoryEntry>> next() = 0;
  // Of an entry of this directory, by name; a link itself. Much cheaper than Storage::stat: no path is resolved.
  virtual Result<Attributes> attributes(const std::string& name) = 0;
  // As Storage::open with Links::keep, of an entry that next() said to be a file. Cheaper likewise.
  virtual Result<OpenFile> open(const std::string& name) = 0;
  // The partials that next() has passed over.
  virtual Partials partials() const = 0;
};

// A directory held open, for work on many of its names: no path is resolved again. An empty name is the directory
// itself.
class Directory {
 public:
  virtual ~Directory() = default;
  // Of a link itself.
  virtual Result<Attributes> stat(std::string_view name) = 0;
  // An empty file that comes under this name by publish(). Where the file system can do that it has no name at all
  // until then: nobody goes on with it, and nothing is left of it when the object goes away unpublished. Elsewhere it
  // is the partial of `owner`, and an error is one of Storage::open_partial.
  virtual Result<std::unique_ptr<PartialFile>> make_file(std::string_view name, std::string_view owner) = 0;
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
  // Follows a link.
  virtual Result<std::unique_ptr<Listing>> list(const RemotePath& path) = 0;
  // Never blocks on a FIFO and never touches a device: Code::is_directory, and Code::unsupported for anything else that
  // is no regular file (with Links::keep a link, too).
  virtual Result<std::unique_ptr<ReadFile>> open(const RemotePath& path, Links links) = 0;
  // Code::unsupported for what is no link.
  virtual Result<std::string> read_link(const RemotePath& path) = 0;
  virtual Result<Space> space(const RemotePath& path) = 0;
  // Of the file system that a directory is on. Follows a link.
  virtual Result<KeptTimes> kept_times(const RemotePath&) { return KeptTimes(); }

  // Opens (or makes) the partial of `target` that belongs to `owner`, and locks it against every other process and
  // session: Code::busy when another holds it. `existed` says whether it has content of an earlier attempt.
  // Code::is_directory when the target is a directory, Code::unsupported when it is a device, FIFO or socket. A target
  // that is a link will be replaced, not written through.
  struct OpenedPartial {
    std::unique_ptr<PartialFile> file;
    bool existed = false;
  };
  virtual Result<OpenedPartial> open_partial(const RemotePath& target, std::string_view owner) = 0;
  // Follows a link. The storage must outlive it.
  virtual Result<std::unique_ptr<Directory>> directory(const RemotePath& path);
  // Makes the names in a directory durable.
  virtual Result<void> sync_directory(const RemotePath& path) = 0;
  // Removes partials in this directory that nobody holds and that were last changed `older_than` ago or earlier (by
  // their change time: the modification time is the source's once they are prepared). How many.
  virtual Result<std::size_t> collect_partials(const RemotePath& directory, std::chrono::seconds older_than) = 0;
  // How many there are in this directory, held or not.
  virtual Result<std::size_t> count_partials(const RemotePath& directory) = 0;

  // Exactly with `mode` (0777 of it), whatever the process's umask is, and with what the directory above lends it.
  virtual Result<void> make_directory(const RemotePath& path, std::uint32_t mode) = 0;
  // Partials that nobody holds go with it: nobody could see why the directory is not empty.
  virtual Result<void> remove_directory(const RemotePath& path) = 0;
  // A file or a link; Code::is_directory for a directory.
  virtual Result<void> remove(const RemotePath& path) = 0;
  // A directory replaces only an empty directory. Code::unsupported between file systems.
  virtual Result<void> rename(const RemotePath& from, const RemotePath& to, bool replace) = 0;
  // Replaces a file or a link, and nothing else, when `replace`, atomically. The text of the link is stored as it is;
  // Code::invalid_name when it names a partial.
  virtual Result<void> make_symlink(std::string_view target, const RemotePath& path, bool replace) = 0;
  // 0777 of `mode`: nobody makes a set-id program from afar. A file loses its bits above that; a directory keeps them,
  // as they say to whose group what is made in it belongs, and who may remove it. Code::unsupported for a link, which
  // has no mode.
  virtual Result<void> set_mode(const RemotePath& path, std::uint32_t mode) = 0;
  // Does not follow a link.
  virtual Result<void> set_mtime(const RemotePath& path, std::int64_t mtime_ns) = 0;

  // The same names, but what is at `directory` and beneath it is found from that directory, which is held open, and
  // through no symbolic link: Code::outside_root where one is in the way. For work on many names, which nobody who
  // swaps them meanwhile shall lead elsewhere. `links` is about one at `directory` itself, now.
  virtual Result<std::shared_ptr<Storage>> hold(const RemotePath& directory, Links links) = 0;
};

// What an earlier attempt left in it is thrown away.
Result<std::unique_ptr<PartialFile>> emptied(Result<Storage::OpenedPartial> opened);

}  // namespace dftp
