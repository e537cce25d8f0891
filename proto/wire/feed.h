// Feeds: requests that are answered in several parts, and last of all by their reply. `part` says of which command a
// message is one. docs/protocol/feeds.md.
#pragma once

#include "proto/wire/message.h"

namespace dftp {

// ---- trees

struct Find {
  static constexpr std::string_view command = "find";
  RemotePath path;
  Name name;                                // a pattern (proto/wire/glob.h); empty: any
  std::vector<FileType> types;              // empty: any
  std::optional<std::uint64_t> least, max;  // size of files in bytes; directories and the like have none
  std::optional<std::int64_t> newer;        // changed after this time
  std::optional<std::uint32_t> depth;       // 0: only `path` itself
  std::vector<Name> prune;                  // lines of PathRules: directories that are not entered
  bool targets = false;                     // of links, in a column of their own
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("name", self.name);
    io.maybe("types", self.types);
    io.maybe("least", self.least);
    io.maybe("most", self.max);
    io.maybe("newer", self.newer);
    io.maybe("depth", self.depth);
    io.maybe("prune", self.prune);
    io.maybe("targets", self.targets);
  }
};
// Columns, as in ListReply. A directory comes before what is in it; else in the order that the disk has.
struct Found {
  static constexpr std::string_view part = "find";
  std::vector<RemotePath> paths;  // beneath Find::path; the root: that itself
  std::vector<FileType> types;
  std::vector<std::uint64_t> sizes;
  std::vector<std::int64_t> mtimes;
  std::vector<std::uint32_t> modes;
  std::vector<Name> targets;      // with Find::targets; empty for what is no link
  std::vector<WireError> errors;  // what could not be looked at
  static void fields(auto& self, auto& io) {
    io("paths", self.paths);
    io("types", self.types);
    io("sizes", self.sizes);
    io("mtimes", self.mtimes);
    io("modes", self.modes);
    io.maybe("targets", self.targets);
    io.maybe("errors", self.errors);
  }
};
struct FindReply {
  std::uint64_t found = 0, failed = 0;
  static void fields(auto& self, auto& io) {
    io("found", self.found);
    io("failed", self.failed);
  }
};

struct DiskUsage {
  static constexpr std::string_view command = "du";
  RemotePath path;
  std::optional<std::uint32_t> depth;  // of the directories that are told; all are counted
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("depth", self.depth);
  }
};
// Columns: what each directory holds, itself included. A directory comes after those in it.
struct Used {
  static constexpr std::string_view part = "du";
  std::vector<RemotePath> paths;  // beneath DiskUsage::path
  std::vector<std::uint64_t> sizes, allocated, files;
  std::vector<WireError> errors;
  static void fields(auto& self, auto& io) {
    io("paths", self.paths);
    io("sizes", self.sizes);
    io("allocated", self.allocated);
    io("files", self.files);
    io.maybe("errors", self.errors);
  }
};
struct DiskUsageReply {
  std::uint64_t size = 0, allocated = 0, files = 0, failed = 0;
  std::uint64_t partials = 0;  // unfinished uploads, whose space is in `allocated`
  static void fields(auto& self, auto& io) {
    io("size", self.size);
    io("allocated", self.allocated);
    io("files", self.files);
    io("failed", self.failed);
    io.maybe("partials", self.partials);
  }
};

// ---- copying

struct Copy {
  static constexpr std::string_view command = "copy";
  RemotePath from, to;  // `to` exactly; its parent is there
  bool recursive = false;
  Overwrite overwrite = Overwrite::changed;
  static void fields(auto& self, auto& io) {
    io("from", self.from);
    io("to", self.to);
    io.maybe("recursive", self.recursive);
    io.maybe("overwrite", self.overwrite);
  }
};
// How far it is.
struct Copied {
  static constexpr std::string_view part = "copy";
  std::uint64_t files = 0, bytes = 0;
  std::vector<WireError> errors;  // since the last part
  static void fields(auto& self, auto& io) {
    io("files", self.files);
    io("bytes", self.bytes);
    io.maybe("errors", self.errors);
  }
};
struct CopyReply {
  std::uint64_t files = 0, skipped = 0, failed = 0, bytes = 0;
  std::uint64_t special = 0;  // FIFOs, sockets and devices, left out
  static void fields(auto& self, auto& io) {
    io("files", self.files);
    io("skipped", self.skipped);
    io("failed", self.failed);
    io("bytes", self.bytes);
    io.maybe("special", self.special);
  }
};

// Where another server's data are, and the tickets that the client got there for a `get`.
struct FetchFrom {
  std::string address;  // a number
  std::uint16_t port = 0;
  std::string fingerprint;
  std::vector<std::string> tickets;
  static void fields(auto& self, auto& io) {
    io("address", self.address);
    io("port", self.port);
    io("fingerprint", self.fingerprint);
    io("tickets", self.tickets);
  }
};
// A put that tells how far it is, and whose data the server fetches itself.
struct Fetch {
  static constexpr std::string_view command = "fetch";
  Put put;
  std::optional<FetchFrom> from;  // absent: the client attaches data connections with the tickets of the first part
  static void fields(auto& self, auto& io) {
    io("put", self.put);
    io.maybe("from", self.from);
  }
};
struct Fetched {
  static constexpr std::string_view part = "fetch";
  std::uint64_t files = 0, bytes = 0;
  std::vector<std::string> tickets;
  std::vector<WireError> errors;  // since the last part
  static void fields(auto& self, auto& io) {
    io("files", self.files);
    io("bytes", self.bytes);
    io.maybe("tickets", self.tickets);
    io.maybe("errors", self.errors);
  }
};

// ---- what others change

struct Tail {
  static constexpr std::string_view command = "tail";
  RemotePath path;
  std::uint64_t lines = 10;  // from the end
  bool follow = false;       // goes on with what is added, until it is stopped
  // Goes on where an earlier one of the same path was, instead of `lines`.
  std::string file;
  std::uint64_t offset = 0;
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("lines", self.lines);
    io.maybe("follow", self.follow);
    io.maybe("file", self.file);
    io.maybe("offset", self.offset);
  }
};
struct Tailed {
  static constexpr std::string_view part = "tail";
  enum class What : std::uint8_t {
    data,       // bytes of the file
    truncated,  // it was cut: what comes next is its beginning
    replaced,   // the path stands for another file: what comes next is its beginning
    removed,    // there is nothing at the path; what comes there next will be told
  };
  What what = What::data;
  std::string file;          // opaque; with `offset`, where it goes on
  std::uint64_t offset = 0;  // behind the data
  Name data;
  static void fields(auto& self, auto& io) {
    io("what", self.what);
    io("file", self.file);
    io("offset", self.offset);
    io.maybe("data", self.data);
  }
};
std::string_view name_of(Tailed::What what);
std::optional<Tailed::What> parse_enum(std::string_view text, Tailed::What);

struct Watch {
  static constexpr std::string_view command = "watch";
  RemotePath path;
  bool recursive = false;  // of a directory: with the directories beneath it
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("recursive", self.recursive);
  }
};
enum class Happened : std::uint8_t {
  made,        // the name came: made, moved here, or in the place of another
  removed,     // or moved away
  content,     // written to
  attributes,  // mode, owner, times
};
std::string_view name_of(Happened what);
std::optional<Happened> parse_enum(std::string_view text, Happened);
// Columns. The first one, which is empty, says that from now on all is told.
struct Changes {
  static constexpr std::string_view part = "watch";
  std::vector<RemotePath> paths;  // beneath Watch::path
  std::vector<Happened> what;
  bool missed = false;  // some are lost, before these or among them
  static void fields(auto& self, auto& io) {
    io("paths", self.paths);
    io("what", self.what);
    io.maybe("missed", self.missed);
  }
};

}  // namespace dftp
