// Requests that change names, modes and times. `within`: a directory that the names are in; what is beneath it is found
// from there, and through no symbolic link. For work on a tree, which nobody who swaps names in it shall lead
// elsewhere.
#pragma once

#include "proto/wire/message_common.h"

namespace dftp {

struct MakeDirectory {
  static constexpr std::string_view command = "mkdir";
  RemotePath path;
  bool parents = false;               // makes missing parents, and an existing directory is no error
  std::optional<std::uint32_t> mode;  // absent: 0777 without the server's umask
  std::optional<RemotePath> within{};
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("parents", self.parents);
    io.maybe("mode", self.mode);
    io.maybe("within", self.within);
  }
};
struct RemoveDirectory {
  static constexpr std::string_view command = "rmdir";
  RemotePath path;
  std::optional<RemotePath> within{};
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("within", self.within);
  }
};
struct Remove {
  static constexpr std::string_view command = "remove";
  RemotePath path;
  bool recursive = false;  // a directory with all that is in it
  std::optional<RemotePath> within{};
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("recursive", self.recursive);
    io.maybe("within", self.within);
  }
};
struct RemoveReply {
  std::uint64_t removed = 0;        // files, links and directories
  std::uint64_t failed = 0;         // what is left and why, not counting directories that are left with it
  std::vector<WireError> errors{};  // of the first of them
  static void fields(auto& self, auto& io) {
    io("removed", self.removed);
    io.maybe("failed", self.failed);
    io.maybe("errors", self.errors);
  }
};
struct Rename {
  static constexpr std::string_view command = "rename";
  RemotePath from, to;
  bool replace = true;
  std::optional<RemotePath> within{};
  static void fields(auto& self, auto& io) {
    io("from", self.from);
    io("to", self.to);
    io.maybe("replace", self.replace);
    io.maybe("within", self.within);
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
  std::optional<RemotePath> within{};
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io("mode", self.mode);
    io.maybe("within", self.within);
  }
};
struct Utime {
  static constexpr std::string_view command = "utime";
  RemotePath path;
  std::int64_t mtime = 0;  // nanoseconds since 1970
  std::optional<RemotePath> within{};
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io("mtime", self.mtime);
    io.maybe("within", self.within);
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
