// The operations of a mount on what has been found: attributes, handles, space, locks. docs/protocol/mount.md.
// Reads and writes go over data connections: mount_block.h.
#pragma once

#include "proto/wire/mount_names.h"

namespace dftp::fs {

// ---- attributes

struct AttrReply {
  std::uint64_t at = 0;
  Attr attr;
  bool watched = false;  // changes by anybody will be pushed
  static void fields(auto& self, auto& io) {
    io("at", self.at);
    io("attr", self.attr);
    io("watched", self.watched);
  }
};
struct Getattr {
  static constexpr std::string_view command = "fs.getattr";
  std::uint64_t node = 0;
  static void fields(auto& self, auto& io) { io("node", self.node); }
};
// Sets what is there. Times: nanoseconds, or the server's clock.
struct Setattr {
  static constexpr std::string_view command = "fs.setattr";
  Once once;
  std::uint64_t node = 0;
  std::uint64_t handle = 0;           // 0, or one open for writing: `size` needs no permission then
  std::optional<std::uint32_t> mode;  // 07777
  std::optional<std::uint32_t> uid, gid;
  std::optional<std::uint64_t> size;
  std::optional<std::int64_t> atime, mtime;
  bool atime_now = false, mtime_now = false;
  bool named = false;  // ESTALE when the names by which the node was found do not lead to it any more
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("node", self.node);
    io.maybe("handle", self.handle);
    io.maybe("mode", self.mode);
    io.maybe("uid", self.uid);
    io.maybe("gid", self.gid);
    io.maybe("size", self.size);
    io.maybe("atime", self.atime);
    io.maybe("mtime", self.mtime);
    io.maybe("atime_now", self.atime_now);
    io.maybe("mtime_now", self.mtime_now);
    io.maybe("named", self.named);
    io.maybe("as", self.as);
  }
};
struct CheckAccess {
  static constexpr std::string_view command = "fs.access";
  std::uint64_t node = 0;
  std::uint32_t mask = 0;  // 4 read, 2 write, 1 search or execute
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    io("node", self.node);
    io("mask", self.mask);
    io.maybe("as", self.as);
  }
};
struct Statfs {
  static constexpr std::string_view command = "fs.statfs";
  std::uint64_t node = root_node;
  static void fields(auto& self, auto& io) { io("node", self.node); }
};
struct StatfsReply {
  std::uint64_t block_bytes = 0;
  std::uint64_t blocks = 0, blocks_free = 0, blocks_available = 0;
  std::uint64_t files = 0, files_free = 0;
  std::uint32_t name_bytes = 0;
  static void fields(auto& self, auto& io) {
    io("block_bytes", self.block_bytes);
    io("blocks", self.blocks);
    io("blocks_free", self.blocks_free);
    io("blocks_available", self.blocks_available);
    io("files", self.files);
    io("files_free", self.files_free);
    io("name_bytes", self.name_bytes);
  }
};

// ---- extended attributes

struct Getxattr {
  static constexpr std::string_view command = "fs.getxattr";
  std::uint64_t node = 0;
  Name name;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    io("node", self.node);
    io("name", self.name);
    io.maybe("as", self.as);
  }
};
struct XattrReply {
  Name value;
  static void fields(auto& self, auto& io) { io("value", self.value); }
};
struct Listxattr {
  static constexpr std::string_view command = "fs.listxattr";
  std::uint64_t node = 0;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    io("node", self.node);
    io.maybe("as", self.as);
  }
};
struct XattrNamesReply {
  std::vector<Name> names;
  static void fields(auto& self, auto& io) { io("names", self.names); }
};
enum class XattrMode : std::uint8_t { any, create, replace };
std::string_view name_of(XattrMode mode);
std::optional<XattrMode> parse_enum(std::string_view text, XattrMode);
struct Setxattr {
  static constexpr std::string_view command = "fs.setxattr";
  Once once;
  std::uint64_t node = 0;
  Name name, value;
  XattrMode mode = XattrMode::any;
  bool named = false;  // as SetAttr
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("node", self.node);
    io("name", self.name);
    io("value", self.value);
    io.maybe("mode", self.mode);
    io.maybe("named", self.named);
    io.maybe("as", self.as);
  }
};
struct Removexattr {
  static constexpr std::string_view command = "fs.removexattr";
  Once once;
  std::uint64_t node = 0;
  Name name;
  bool named = false;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("node", self.node);
    io("name", self.name);
    io.maybe("named", self.named);
    io.maybe("as", self.as);
  }
};

// ---- handles

// `execute`: reads, by the right to run the program.
enum class Access : std::uint8_t { read, write, both, execute };
std::string_view name_of(Access access);
std::optional<Access> parse_enum(std::string_view text, Access);

// A regular file.
struct Open {
  static constexpr std::string_view command = "fs.open";
  Once once;
  std::uint64_t node = 0;
  Access access = Access::read;
  bool truncate = false;
  std::uint32_t first = 0;  // so many bytes from the beginning with the reply, at most limits::mount_inline_bytes
  bool named = false;       // ESTALE unless its name, as far as is known, still leads to it
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("node", self.node);
    io.maybe("access", self.access);
    io.maybe("truncate", self.truncate);
    io.maybe("first", self.first);
    io.maybe("named", self.named);
    io.maybe("as", self.as);
  }
};
// Opens what is there unless `exclusive`.
struct Create {
  static constexpr std::string_view command = "fs.create";
  Once once;
  std::uint64_t parent = 0;
  Name name;
  std::uint32_t mode = 0;
  std::uint32_t umask = 0;
  Access access = Access::write;
  bool exclusive = false;
  bool truncate = false;
  std::uint32_t first = 0;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("parent", self.parent);
    io("name", self.name);
    io("mode", self.mode);
    io.maybe("umask", self.umask);
    io.maybe("access", self.access);
    io.maybe("exclusive", self.exclusive);
    io.maybe("truncate", self.truncate);
    io.maybe("first", self.first);
    io.maybe("as", self.as);
  }
};
// To `open` and `create`; only create adds one to what Forget gives back.
struct OpenReply {
  std::uint64_t at = 0;
  std::uint64_t handle = 0;
  std::uint64_t node = 0;
  Attr attr;
  std::optional<Attr> parent;  // create, when it made the file
  bool made = false;           // create: the file was not there
  bool watched = false;        // changes of this file by anybody will be pushed
  Name data;                   // the first bytes
  static void fields(auto& self, auto& io) {
    io("at", self.at);
    io("handle", self.handle);
    io("node", self.node);
    io("attr", self.attr);
    io.maybe("parent", self.parent);
    io.maybe("made", self.made);
    io("watched", self.watched);
    io.maybe("data", self.data);
  }
};
// Closes the handle, with the locks that were taken through it. The reply has the file's last attributes.
struct Release {
  static constexpr std::string_view command = "fs.release";
  Once once;
  std::uint64_t handle = 0;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("handle", self.handle);
  }
};
// Durable when the reply comes. Of a directory (`handle` 0): its names.
struct Fsync {
  static constexpr std::string_view command = "fs.fsync";
  std::uint64_t node = 0;
  std::uint64_t handle = 0;
  bool data_only = false;
  static void fields(auto& self, auto& io) {
    io("node", self.node);
    io.maybe("handle", self.handle);
    io.maybe("data_only", self.data_only);
  }
};

// ---- space in a file

enum class AllocateMode : std::uint8_t { extend, keep_size, punch, zero, zero_keep_size, collapse, insert };
std::string_view name_of(AllocateMode mode);
std::optional<AllocateMode> parse_enum(std::string_view text, AllocateMode);
struct Fallocate {
  static constexpr std::string_view command = "fs.fallocate";
  Once once;
  std::uint64_t handle = 0;
  AllocateMode mode = AllocateMode::extend;
  std::uint64_t offset = 0, length = 0;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("handle", self.handle);
    io.maybe("mode", self.mode);
    io("offset", self.offset);
    io("length", self.length);
  }
};
enum class SeekFor : std::uint8_t { data, hole };
std::string_view name_of(SeekFor what);
std::optional<SeekFor> parse_enum(std::string_view text, SeekFor);
struct Seek {
  static constexpr std::string_view command = "fs.seek";
  std::uint64_t handle = 0;
  std::uint64_t offset = 0;
  SeekFor what = SeekFor::data;
  static void fields(auto& self, auto& io) {
    io("handle", self.handle);
    io("offset", self.offset);
    io("what", self.what);
  }
};
struct SeekReply {
  std::uint64_t offset = 0;
  static void fields(auto& self, auto& io) { io("offset", self.offset); }
};
struct CopyRange {
  static constexpr std::string_view command = "fs.copy_range";
  Once once;
  std::uint64_t handle = 0, offset = 0;
  std::uint64_t to_handle = 0, to_offset = 0;
  std::uint64_t length = 0;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("handle", self.handle);
    io("offset", self.offset);
    io("to_handle", self.to_handle);
    io("to_offset", self.to_offset);
    io("length", self.length);
  }
};
struct CopyRangeReply {
  std::uint64_t at = 0;
  std::uint64_t copied = 0;  // may be less than asked for; 0 at the end of the source
  Attr attr;                 // of the target
  static void fields(auto& self, auto& io) {
    io("at", self.at);
    io("copied", self.copied);
    io("attr", self.attr);
  }
};

// ---- locks

enum class LockKind : std::uint8_t {
  posix,  // fcntl(2): ranges
  flock,  // flock(2): the whole file
};
std::string_view name_of(LockKind kind);
std::optional<LockKind> parse_enum(std::string_view text, LockKind);
enum class LockType : std::uint8_t { unlock, read, write };
std::string_view name_of(LockType type);
std::optional<LockType> parse_enum(std::string_view text, LockType);

// Sets or takes away. Sent again it does no harm, so it has no seq. A lock that another owner holds is EAGAIN at once,
// or waited for with `wait`, until it is cancelled.
struct Lock {
  static constexpr std::string_view command = "fs.lock";
  std::uint64_t handle = 0;
  std::uint64_t owner = 0;  // chosen by the client, within the mount
  LockKind kind = LockKind::posix;
  LockType type = LockType::unlock;
  std::uint64_t start = 0, length = 0;  // length 0: to the end, wherever that will be
  std::uint32_t pid = 0;                // told to whoever asks who holds it
  bool wait = false;
  static void fields(auto& self, auto& io) {
    io("handle", self.handle);
    io("owner", self.owner);
    io("kind", self.kind);
    io("type", self.type);
    io.maybe("start", self.start);
    io.maybe("length", self.length);
    io.maybe("pid", self.pid);
    io.maybe("wait", self.wait);
  }
};
struct LockReply {
  std::uint64_t at = 0;  // what is older was perhaps changed by whoever had the lock before
  static void fields(auto& self, auto& io) { io.maybe("at", self.at); }
};
// Who would keep this posix lock from being granted.
struct GetLock {
  static constexpr std::string_view command = "fs.getlock";
  std::uint64_t handle = 0;
  std::uint64_t owner = 0;
  LockType type = LockType::read;
  std::uint64_t start = 0, length = 0;
  static void fields(auto& self, auto& io) {
    io("handle", self.handle);
    io("owner", self.owner);
    io("type", self.type);
    io.maybe("start", self.start);
    io.maybe("length", self.length);
  }
};
struct GetLockReply {
  LockType type = LockType::unlock;  // unlock: nobody
  std::uint64_t start = 0, length = 0;
  std::uint32_t pid = 0;  // 0: not known
  static void fields(auto& self, auto& io) {
    io("type", self.type);
    io.maybe("start", self.start);
    io.maybe("length", self.length);
    io.maybe("pid", self.pid);
  }
};

}  // namespace dftp::fs
