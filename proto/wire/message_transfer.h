// Transfers: their requests, what answers them, and what goes over their data connections.
#pragma once

#include "proto/wire/announcement.h"
#include "proto/wire/message_common.h"

namespace dftp {

// What to do with a target that exists.
enum class Overwrite : std::uint8_t {
  never,    // Code::exists
  changed,  // skip when size and mtime are the same, else replace
  always,   // replace, comparing digests
};
std::string_view name_of(Overwrite overwrite);
std::optional<Overwrite> parse_enum(std::string_view text, Overwrite);

struct Get {
  static constexpr std::string_view command = "get";
  std::vector<RemotePath> sources;
  bool recursive = false;
  bool md5 = false;           // every `done` carries the file's whole MD5
  bool plain = false;         // data connections without TLS
  std::uint32_t streams = 1;  // data connections, at most limits::streams_per_transfer
  std::uint64_t eager = 0;    // files up to this size come without being asked for
  std::string if_version;     // of the one source; Code::changed when it has another. Empty: any
  std::string ticket;         // the client's own, for the first data connection. Empty: the server makes it
  static void fields(auto& self, auto& io) {
    io("sources", self.sources);
    io.maybe("if_version", self.if_version);
    io.maybe("recursive", self.recursive);
    io.maybe("md5", self.md5);
    io.maybe("plain", self.plain);
    io.maybe("streams", self.streams);
    io.maybe("ticket", self.ticket);
    io.maybe("eager", self.eager);
  }
};

struct PutTarget {
  RemotePath path;
  Name name;  // the source's own name: when `path` is a directory the target is path/name; absent: exactly `path`
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("name", self.name);
  }
};
struct Put {
  static constexpr std::string_view command = "put";
  std::vector<PutTarget> targets;  // one a source, in the order of Announcement::source
  Overwrite overwrite = Overwrite::changed;
  bool resume = true;  // false: what an earlier attempt left is thrown away
  bool md5 = false;
  bool plain = false;
  std::uint32_t streams = 1;
  std::string ticket;  // as in Get
  // Of the one target.
  std::string if_version;  // what must be there until the new file takes its place, or no_version. Empty: anything
  Name backup;             // the old file is kept under its name with this behind it. Empty: it is not
  std::string job;         // done once, whoever asks how often: see Receipt. Empty: no job
  static void fields(auto& self, auto& io) {
    io("targets", self.targets);
    io.maybe("if_version", self.if_version);
    io.maybe("backup", self.backup);
    io.maybe("job", self.job);
    io.maybe("overwrite", self.overwrite);
    io.maybe("resume", self.resume);
    io.maybe("md5", self.md5);
    io.maybe("plain", self.plain);
    io.maybe("streams", self.streams);
    io.maybe("ticket", self.ticket);
  }
};

// What a job has stored, durably and verified.
struct ReceiptOf {
  static constexpr std::string_view command = "receipt";
  std::string job;
  static void fields(auto& self, auto& io) { io("job", self.job); }
};
struct Receipt {
  RemotePath path;
  std::uint64_t size = 0;
  std::string version, md5, root;  // `root`: of the MD5 tree
  std::int64_t time = 0;           // when it was stored
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io("size", self.size);
    io("version", self.version);
    io("md5", self.md5);
    io("root", self.root);
    io("time", self.time);
  }
};

// The first part of the answer to get and put: now the data connections can come.
struct TransferBegun {
  static constexpr std::string_view part = "get";
  std::vector<std::string> tickets;  // one a data connection; 64 hexadecimal digits: 32 of identity, 32 of secret
  std::vector<RemotePath> targets;   // put: where each source will really go
  std::vector<bool> present;         // put: whether something is there already
  static void fields(auto& self, auto& io) {
    io("tickets", self.tickets);
    io.maybe("targets", self.targets);
    io.maybe("present", self.present);
  }
};
// When it has ended, and not early.
struct TransferReply {
  std::uint64_t files = 0, failed = 0, bytes = 0;
  static void fields(auto& self, auto& io) {
    io("files", self.files);
    io("failed", self.failed);
    io("bytes", self.bytes);
  }
};

// ---- data connections

// What one end of a transfer has waited for so far, in microseconds, summed over its connections; in `alive` blocks.
struct Stalls {
  std::int64_t peer = 0;  // the other end, or the network between
  std::int64_t disk = 0;
  std::int64_t hash = 0;
  std::int64_t tls = 0;
  std::int64_t limit = 0;  // its own rate limit
  static void fields(auto& self, auto& io) {
    io("peer", self.peer);
    io("disk", self.disk);
    io("hash", self.hash);
    io("tls", self.tls);
    io.maybe("limit", self.limit);
  }
};

}  // namespace dftp
