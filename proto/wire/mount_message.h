// A mount: a tree of the share as a file system, addressed by node ids. What begins and ends one, and what is pushed to
// it; the operations are in mount_names.h and mount_files.h. docs/protocol/mount.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/wire/message.h"

namespace dftp::fs {

inline constexpr std::uint64_t root_node = 1;

// As statx(2) has it. Times are nanoseconds since 1970.
struct Attr {
  std::uint64_t inode = 0;  // unique in the mount, also where it holds several file systems
  std::uint32_t mode = 0;   // with the type, as Linux has it: 0100644 is a file
  std::uint32_t links = 1;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t device = 0;  // of a device: major << 32 | minor
  std::uint64_t size = 0;
  std::uint64_t blocks = 0;  // of 512 bytes
  std::int64_t atime = 0, mtime = 0, ctime = 0;
  friend bool operator==(const Attr&, const Attr&) = default;
  static void fields(auto& self, auto& io) {
    io("inode", self.inode);
    io("mode", self.mode);
    io("links", self.links);
    io("uid", self.uid);
    io("gid", self.gid);
    io("device", self.device);
    io("size", self.size);
    io("blocks", self.blocks);
    io("atime", self.atime);
    io("mtime", self.mtime);
    io("ctime", self.ctime);
  }
};

// On whose behalf: only where MountReply::act_as allows it. Absent: the server's own user.
struct Caller {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;  // supplementary
  friend bool operator==(const Caller&, const Caller&) = default;
  static void fields(auto& self, auto& io) {
    io("uid", self.uid);
    io("gid", self.gid);
    io.maybe("groups", self.groups);
  }
};

// What every request that changes something begins with: the same `seq` again gets the same reply, and is not carried
// out again.
struct Once {
  std::uint64_t seq = 0;    // counts from 1 in each mount, and is never used for anything else
  std::uint64_t acked = 0;  // all replies up to this seq have come: the server may forget them
  // Nobody waits for it any more: what it came to, so that it can be given back, or it is never to be carried out.
  bool given_up = false;
  static void fields(auto& self, auto& io) {
    io("seq", self.seq);
    io("acked", self.acked);
    io.maybe("given_up", self.given_up);
  }
};

// ---- beginning and ending

struct Mount {
  static constexpr std::string_view command = "mount";
  RemotePath path;  // a directory
  static void fields(auto& self, auto& io) { io("path", self.path); }
};
// Takes a mount over from a session that was lost. Code::not_found when its grace is over.
struct Remount {
  static constexpr std::string_view command = "remount";
  std::string mount;
  std::uint64_t seen = 0;  // number of the last event that has come
  static void fields(auto& self, auto& io) {
    io("mount", self.mount);
    io("seen", self.seen);
  }
};
struct MountReply {
  std::string mount;  // 32 hexadecimal digits, to be kept secret
  Attr attr;          // of the root
  std::uint64_t at = 0;
  std::uint32_t grace = 0;     // seconds that it outlives its session
  std::uint64_t io_bytes = 0;  // what a read or write frame carries at most
  bool write = false;          // changes are allowed
  bool act_as = false;         // requests may name a Caller
  bool missed = false;         // remount: some events are lost; nothing that is cached holds
  std::string boot;            // another one: the server's machine was started again
  static void fields(auto& self, auto& io) {
    io("mount", self.mount);
    io("attr", self.attr);
    io("at", self.at);
    io("grace", self.grace);
    io("io_bytes", self.io_bytes);
    io("write", self.write);
    io("act_as", self.act_as);
    io.maybe("missed", self.missed);
    io.maybe("boot", self.boot);
  }
};
// Ends the session's mount with its handles and locks.
struct Unmount {
  static constexpr std::string_view command = "unmount";
  static void fields(auto&, auto&) {}
};

// Data connections for mount_block.h.
struct Streams {
  static constexpr std::string_view command = "fs.streams";
  std::uint32_t count = 1;  // a wish; the number of tickets counts
  bool plain = false;       // without TLS
  static void fields(auto& self, auto& io) {
    io.maybe("count", self.count);
    io.maybe("plain", self.plain);
  }
};
struct StreamsReply {
  std::vector<std::string> tickets;
  static void fields(auto& self, auto& io) { io("tickets", self.tickets); }
};

// Gives back what replies handed out: nodes[i] came counts[i] times.
struct Forget {
  static constexpr std::string_view command = "fs.forget";
  Once once;
  std::vector<std::uint64_t> nodes;
  std::vector<std::uint64_t> counts;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("nodes", self.nodes);
    io("counts", self.counts);
  }
};

// ---- events

enum class What : std::uint8_t {
  attr,       // attributes
  data,       // content
  entries,    // names in a directory: those in Change::names, or any
  gone,       // the last name of a file, or a directory, was removed
  unwatched,  // changes by local processes in this directory are no longer pushed
};
std::string_view name_of(What what);
std::optional<What> parse_enum(std::string_view text, What);

struct Change {
  std::uint64_t node = 0;
  std::vector<What> what;
  std::vector<Name> names;
  static void fields(auto& self, auto& io) {
    io("node", self.node);
    io("what", self.what);
    io.maybe("names", self.names);
  }
};
// {"event":"fs.changed",...}: somebody else changed what this mount knows.
struct Changed {
  static constexpr std::string_view event = "fs.changed";
  std::uint64_t number = 0;  // counts from 1
  std::vector<Change> changes;
  bool missed = false;  // there were too many: nothing that is cached holds
  static void fields(auto& self, auto& io) {
    io("number", self.number);
    io("changes", self.changes);
    io.maybe("missed", self.missed);
  }
};

}  // namespace dftp::fs
