// Requests that look, and what they see.
#pragma once

#include "proto/wire/message_common.h"

namespace dftp {

struct List {
  static constexpr std::string_view command = "list";
  RemotePath path;
  Name after;               // only names that sort (as bytes) behind this one
  std::uint32_t limit = 0;  // 0: as many as a page holds
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("after", self.after);
    io.maybe("limit", self.limit);
  }
};
// Columns: entry i is names[i], types[i], ...
struct ListReply {
  std::vector<Name> names;
  std::vector<FileType> types;
  std::vector<std::uint64_t> sizes;
  std::vector<std::int64_t> mtimes;
  std::vector<std::uint32_t> modes;
  bool more = false;
  static void fields(auto& self, auto& io) {
    io("names", self.names);
    io("types", self.types);
    io("sizes", self.sizes);
    io("mtimes", self.mtimes);
    io("modes", self.modes);
    io("more", self.more);
  }
};

struct Stat {
  static constexpr std::string_view command = "stat";
  RemotePath path;
  bool follow = true;
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("follow", self.follow);
  }
};
struct StatReply {
  FileType type = FileType::file;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
  std::uint32_t links = 1;
  std::uint64_t allocated = 0;
  std::string version;
  static void fields(auto& self, auto& io) {
    io("type", self.type);
    io("size", self.size);
    io("mtime", self.mtime);
    io("mode", self.mode);
    io("links", self.links);
    io("allocated", self.allocated);
    io("version", self.version);
  }
};

struct ReadLink {
  static constexpr std::string_view command = "readlink";
  RemotePath path;
  static void fields(auto& self, auto& io) { io("path", self.path); }
};
struct ReadLinkReply {
  Name target;
  static void fields(auto& self, auto& io) { io("target", self.target); }
};

struct StatFs {
  static constexpr std::string_view command = "statfs";
  RemotePath path;
  static void fields(auto& self, auto& io) { io("path", self.path); }
};
struct StatFsReply {
  std::uint64_t total = 0, free = 0, available = 0, files = 0, files_free = 0;
  static void fields(auto& self, auto& io) {
    io("total", self.total);
    io("free", self.free);
    io("available", self.available);
    io("files", self.files);
    io("files_free", self.files_free);
  }
};

// What the file system of a directory makes of times.
struct KeptTimesOf {
  static constexpr std::string_view command = "times";
  RemotePath path;
  static void fields(auto& self, auto& io) { io("path", self.path); }
};
struct KeptTimesReply {
  std::int64_t first = 0, last = 0, step = 0;
  static void fields(auto& self, auto& io) {
    io("first", self.first);
    io("last", self.last);
    io("step", self.step);
  }
};

struct Md5Of {
  static constexpr std::string_view command = "md5";
  RemotePath path;
  static void fields(auto& self, auto& io) { io("path", self.path); }
};
struct Md5Reply {
  std::string md5;  // hexadecimal
  std::uint64_t size = 0;
  std::string version;
  static void fields(auto& self, auto& io) {
    io("md5", self.md5);
    io("size", self.size);
    io("version", self.version);
  }
};

struct Digests {
  static constexpr std::string_view command = "digests";
  RemotePath path;
  std::uint64_t first = 0;  // number of the first leaf
  std::uint32_t count = 0;  // 0: as many as a page holds
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("first", self.first);
    io.maybe("count", self.count);
  }
};
struct DigestsReply {
  std::uint64_t size = 0;
  std::string version;
  std::string digests;  // base64 of 16 bytes a leaf
  static void fields(auto& self, auto& io) {
    io("size", self.size);
    io("version", self.version);
    io("digests", self.digests);
  }
};

// Roots of the digest trees of whole files.
struct RootsOf {
  static constexpr std::string_view command = "roots";
  std::vector<RemotePath> paths;
  static void fields(auto& self, auto& io) { io("paths", self.paths); }
};
// Columns, in the order of the paths.
struct RootsReply {
  std::vector<std::string> roots;  // hexadecimal; empty where there is an error
  std::vector<std::uint64_t> sizes;
  std::vector<std::optional<WireError>> errors;
  static void fields(auto& self, auto& io) {
    io("roots", self.roots);
    io("sizes", self.sizes);
    io("errors", self.errors);
  }
};

}  // namespace dftp
