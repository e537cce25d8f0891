// Requests that change names, modes and times.
#pragma once

#include "proto/wire/message_common.h"

namespace dftp {

struct MakeDirectory {
  static constexpr std::string_view command = "mkdir";
  RemotePath path;
  bool parents = false;  // makes missing parents, and an existing directory is no error
  std::uint32_t mode = 0755;
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("parents", self.parents);
    io.maybe("mode", self.mode);
  }
};
struct RemoveDirectory {
  static constexpr std::string_view command = "rmdir";
  RemotePath path;
  static void fields(auto& self, auto& io) { io("path", self.path); }
};
struct Remove {
  static constexpr std::string_view command = "remove";
  RemotePath path;
  bool recursive = false;  // a directory with all that is in it
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("recursive", self.recursive);
  }
};
struct RemoveReply {
  std::uint64_t removed = 0;  // files, links and directories
  static void fields(auto& self, auto& io) { io("removed", self.removed); }
};
struct Rename {
  static constexpr std::string_view command = "rename";
  RemotePath from, to;
  bool replace = true;
  static void fields(auto& self, auto& io) {
    io("from", self.from);
    io("to", self.to);
    io.maybe("replace", self.replace);
  }
};
struct Symlink {
  static constexpr std::string_view command = "symlink";
  Name target;
  RemotePath path;
  static void fields(auto& self, auto& io) {
    io("target", self.target);
    io("path", self.path);
  }
};
struct Chmod {
  static constexpr std::string_view command = "chmod";
  RemotePath path;
  std::uint32_t mode = 0;
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io("mode", self.mode);
  }
};
struct Utime {
  static constexpr std::string_view command = "utime";
  RemotePath path;
  std::int64_t mtime = 0;  // nanoseconds since 1970
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io("mtime", self.mtime);
  }
};

// The time of a file, or an empty file when there is none. Without `mtime` it is the server's now.
struct Touch {
  static constexpr std::string_view command = "touch";
  RemotePath path;
  std::optional<std::int64_t> mtime;
  bool create = true;
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("mtime", self.mtime);
    io.maybe("create", self.create);
  }
};

}  // namespace dftp
