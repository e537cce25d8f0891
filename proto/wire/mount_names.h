// The operations of a mount on names: looking them up, making, moving and removing them. docs/protocol/mount.md.
//
// In every reply `at` is the number of the last event (Changed::number) that was pushed before the attributes were
// read: attributes of a node for which a later event has come are out of date.
#pragma once

#include "proto/wire/mount_message.h"

namespace dftp::fs {

// A name that is there, or that has been made. The reply adds one to what Forget gives back.
struct EntryReply {
  std::uint64_t at = 0;
  std::uint64_t node = 0;  // lookup: 0 when there is no such name
  std::optional<Attr> attr;
  std::optional<Attr> parent;  // of the directory, when the request changed it
  bool watched = false;        // changes in this directory by anybody will be pushed
  bool empty = false;          // mkdir: changes in the new directory will be pushed, and nothing was in it then
  static void fields(auto& self, auto& io) {
    io("at", self.at);
    io("node", self.node);
    io.maybe("attr", self.attr);
    io.maybe("parent", self.parent);
    io("watched", self.watched);
    io.maybe("empty", self.empty);
  }
};

struct Lookup {
  static constexpr std::string_view command = "fs.lookup";
  std::uint64_t parent = 0;
  Name name;
  bool hold = false;  // the node can be used for a moment although its name becomes another file's
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    io("parent", self.parent);
    io("name", self.name);
    io.maybe("hold", self.hold);
    io.maybe("as", self.as);
  }
};

struct Readdir {
  static constexpr std::string_view command = "fs.readdir";
  std::uint64_t node = 0;
  std::int64_t cookie = 0;  // 0: from the beginning; else of the last entry that came
  std::uint32_t limit = 0;  // 0: as many as a page holds
  bool plus = false;        // with nodes and attributes; each node adds one to what Forget gives back
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    io("node", self.node);
    io.maybe("cookie", self.cookie);
    io.maybe("limit", self.limit);
    io.maybe("plus", self.plus);
    io.maybe("as", self.as);
  }
};
// Columns: entry i is names[i], ... "." and ".." do not come. Without `plus` modes hold the type alone (0: unknown) and
// the columns from `nodes` on are empty. A node of 0 has no attributes: look it up.
struct ReaddirReply {
  std::uint64_t at = 0;
  std::vector<Name> names;
  std::vector<std::int64_t> cookies;
  std::vector<std::uint64_t> inodes;
  std::vector<std::uint32_t> modes;
  std::vector<std::uint64_t> nodes;
  std::vector<std::uint32_t> links, uids, gids;
  std::vector<std::uint64_t> devices, sizes, blocks;
  std::vector<std::int64_t> atimes, mtimes, ctimes;
  bool more = false;     // ask again with the last cookie
  bool watched = false;  // changes in this directory by anybody will be pushed
  static void fields(auto& self, auto& io) {
    io("at", self.at);
    io("names", self.names);
    io("cookies", self.cookies);
    io("inodes", self.inodes);
    io("modes", self.modes);
    io.maybe("nodes", self.nodes);
    io.maybe("links", self.links);
    io.maybe("uids", self.uids);
    io.maybe("gids", self.gids);
    io.maybe("devices", self.devices);
    io.maybe("sizes", self.sizes);
    io.maybe("blocks", self.blocks);
    io.maybe("atimes", self.atimes);
    io.maybe("mtimes", self.mtimes);
    io.maybe("ctimes", self.ctimes);
    io("more", self.more);
    io("watched", self.watched);
  }
};

// ---- making

struct Mkdir {
  static constexpr std::string_view command = "fs.mkdir";
  Once once;
  std::uint64_t parent = 0;
  Name name;
  std::uint32_t mode = 0;
  std::uint32_t umask = 0;  // of the caller; not applied where the directory has a default ACL
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("parent", self.parent);
    io("name", self.name);
    io("mode", self.mode);
    io.maybe("umask", self.umask);
    io.maybe("as", self.as);
  }
};
// A file, FIFO, socket or device.
struct Mknod {
  static constexpr std::string_view command = "fs.mknod";
  Once once;
  std::uint64_t parent = 0;
  Name name;
  std::uint32_t mode = 0;  // with the type
  std::uint64_t device = 0;
  std::uint32_t umask = 0;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("parent", self.parent);
    io("name", self.name);
    io("mode", self.mode);
    io.maybe("device", self.device);
    io.maybe("umask", self.umask);
    io.maybe("as", self.as);
  }
};
struct Symlink {
  static constexpr std::string_view command = "fs.symlink";
  Once once;
  std::uint64_t parent = 0;
  Name name, target;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("parent", self.parent);
    io("name", self.name);
    io("target", self.target);
    io.maybe("as", self.as);
  }
};
struct Link {
  static constexpr std::string_view command = "fs.link";
  Once once;
  std::uint64_t node = 0;  // what gets a further name
  std::uint64_t parent = 0;
  Name name;
  bool named = false;    // ESTALE when the names by which the node was found do not lead to it any more
  bool instead = false;  // what has its name now is meant, if it has none any more
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("node", self.node);
    io("parent", self.parent);
    io("name", self.name);
    io.maybe("named", self.named);
    io.maybe("instead", self.instead);
    io.maybe("as", self.as);
  }
};
struct Readlink {
  static constexpr std::string_view command = "fs.readlink";
  std::uint64_t node = 0;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    io("node", self.node);
    io.maybe("as", self.as);
  }
};
struct ReadlinkReply {
  Name target;
  static void fields(auto& self, auto& io) { io("target", self.target); }
};

// ---- removing and moving

struct Unlink {
  static constexpr std::string_view command = "fs.unlink";
  Once once;
  std::uint64_t parent = 0;
  Name name;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("parent", self.parent);
    io("name", self.name);
    io.maybe("as", self.as);
  }
};
struct Rmdir {
  static constexpr std::string_view command = "fs.rmdir";
  Once once;
  std::uint64_t parent = 0;
  Name name;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("parent", self.parent);
    io("name", self.name);
    io.maybe("as", self.as);
  }
};
struct RemovedReply {
  std::uint64_t at = 0;
  Attr parent;
  std::uint64_t node = 0;    // what lost its name, if this mount knows it; no lookup is counted
  std::optional<Attr> attr;  // of that node, with the links that are left
  static void fields(auto& self, auto& io) {
    io("at", self.at);
    io("parent", self.parent);
    io.maybe("node", self.node);
    io.maybe("attr", self.attr);
  }
};

enum class RenameMode : std::uint8_t { replace, noreplace, exchange };
std::string_view name_of(RenameMode mode);
std::optional<RenameMode> parse_enum(std::string_view text, RenameMode);

struct Rename {
  static constexpr std::string_view command = "fs.rename";
  Once once;
  std::uint64_t parent = 0;
  Name name;
  std::uint64_t new_parent = 0;
  Name new_name;
  RenameMode mode = RenameMode::replace;
  std::optional<Caller> as;
  static void fields(auto& self, auto& io) {
    Once::fields(self.once, io);
    io("parent", self.parent);
    io("name", self.name);
    io("new_parent", self.new_parent);
    io("new_name", self.new_name);
    io.maybe("mode", self.mode);
    io.maybe("as", self.as);
  }
};
struct RenameReply {
  std::uint64_t at = 0;
  Attr parent, new_parent;
  std::uint64_t node = 0;  // what was moved, if this mount knows it; no lookup is counted
  std::optional<Attr> attr;
  std::uint64_t other = 0;  // what was replaced, or exchanged, if this mount knows it
  std::optional<Attr> other_attr;
  static void fields(auto& self, auto& io) {
    io("at", self.at);
    io("parent", self.parent);
    io("new_parent", self.new_parent);
    io.maybe("node", self.node);
    io.maybe("attr", self.attr);
    io.maybe("other", self.other);
    io.maybe("other_attr", self.other_attr);
  }
};

}  // namespace dftp::fs
