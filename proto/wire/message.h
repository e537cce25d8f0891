// Every request and reply of the control channel, one struct each; docs/protocol.md, "Commands", says what they mean.
// A request travels as {"id":N,"cmd":"...",fields}, its reply as {"id":N,"result":{fields}} or {"id":N,"error":{...}}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/wire/attributes.h"
#include "proto/wire/fields.h"

namespace dftp {

inline constexpr int protocol_version = 1;

// What to do with a target that exists.
enum class Overwrite : std::uint8_t {
  never,    // Code::exists
  changed,  // skip when size and mtime are the same, else replace
  always,   // replace, comparing digests
};
std::string_view name_of(Overwrite overwrite);
std::optional<Overwrite> parse_enum(std::string_view text, Overwrite);

struct Empty {
  static void fields(auto&, auto&) {}
};

struct WireError {
  std::string code;
  std::string errno_name;
  Name where;
  Name message;
  static void fields(auto& self, auto& io) {
    io("code", self.code);
    io.maybe("errno", self.errno_name);
    io.maybe("where", self.where);
    io("message", self.message);
  }
};
WireError to_wire(const Error& error);
Error from_wire(const WireError& error);

// ---- session

struct Hello {
  static constexpr std::string_view command = "hello";
  int version = protocol_version;
  std::string client;    // program and version, for the log
  std::string instance;  // random, one a client process: a new transfer of the same instance supersedes its lost one
  static void fields(auto& self, auto& io) {
    io("version", self.version);
    io.maybe("client", self.client);
    io.maybe("instance", self.instance);
  }
};
struct HelloReply {
  int version = protocol_version;
  std::string server;
  std::vector<std::string> login;     // methods on offer here: "password", "key", "anonymous", "peer"
  std::vector<std::string> features;  // "plain_data"
  static void fields(auto& self, auto& io) {
    io("version", self.version);
    io("server", self.server);
    io("login", self.login);
    io("features", self.features);
  }
};

struct Login {
  static constexpr std::string_view command = "login";
  std::string method;
  std::string user;
  std::string password;   // method "password"
  std::string key;        // method "key": "ssh-ed25519 AAAA..."
  std::string signature;  // method "key": base64 of the 64 bytes; docs/protocol.md, "Login with a key"
  static void fields(auto& self, auto& io) {
    io("method", self.method);
    io.maybe("user", self.user);
    io.maybe("password", self.password);
    io.maybe("key", self.key);
    io.maybe("signature", self.signature);
  }
};
struct LoginReply {
  std::string user;
  bool write = false;       // may change the share
  bool plain_data = false;  // may ask for data connections without encryption
  bool talk = false;        // may say something to others, and see who they are
  static void fields(auto& self, auto& io) {
    io("user", self.user);
    io("write", self.write);
    io("plain_data", self.plain_data);
    io.maybe("talk", self.talk);
  }
};

struct Ping {
  static constexpr std::string_view command = "ping";
  static void fields(auto&, auto&) {}
};
struct Bye {
  static constexpr std::string_view command = "bye";
  static void fields(auto&, auto&) {}
};

// ---- looking

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

// ---- changing

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

// ---- transfers

struct Get {
  static constexpr std::string_view command = "get";
  std::vector<RemotePath> sources;
  bool recursive = false;
  bool md5 = false;           // every `done` carries the file's whole MD5
  bool plain = false;         // data connections without TLS
  std::uint32_t streams = 1;  // data connections, at most limits::streams_per_transfer
  std::uint64_t eager = 0;    // files up to this size come without being asked for
  std::string if_version;     // of the one source; Code::changed when it has another. Empty: any
  static void fields(auto& self, auto& io) {
    io("sources", self.sources);
    io.maybe("if_version", self.if_version);
    io.maybe("recursive", self.recursive);
    io.maybe("md5", self.md5);
    io.maybe("plain", self.plain);
    io.maybe("streams", self.streams);
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

struct TransferReply {
  std::uint64_t transfer = 0;
  std::vector<std::string> tickets;  // one a data connection; 64 hexadecimal digits: 32 of identity, 32 of secret
  std::vector<RemotePath> targets;   // put: where each source will really go
  std::vector<bool> present;         // put: whether something is there already
  static void fields(auto& self, auto& io) {
    io("transfer", self.transfer);
    io("tickets", self.tickets);
    io.maybe("targets", self.targets);
    io.maybe("present", self.present);
  }
};

struct Abort {
  static constexpr std::string_view command = "abort";
  std::uint64_t transfer = 0;
  static void fields(auto& self, auto& io) { io("transfer", self.transfer); }
};

// ---- data connections

// The first frame of a data connection, and the answer to it. `proof` is the hexadecimal HMAC-SHA256, keyed with the
// ticket's secret (the 32 digits as text), of "dftp attach " (client) or "dftp attached " (server) + the identity.
struct Attach {
  std::string attach;  // the ticket's identity
  std::string proof;
  static void fields(auto& self, auto& io) {
    io("attach", self.attach);
    io("proof", self.proof);
  }
};
struct Attached {
  std::string attached;
  std::string proof;
  static void fields(auto& self, auto& io) {
    io("attached", self.attached);
    io("proof", self.proof);
  }
};

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

// The payload of a `file` block.
struct Announcement {
  enum class Kind : std::uint8_t {
    file,
    directory,  // comes before what is in it
    end,        // of a directory, after all that is in it: now its mode and mtime can be set
    symlink,
  };
  std::uint32_t source = 0;  // which of the request's sources or targets
  RemotePath path;           // beneath that source; the root: the source itself
  Kind kind = Kind::file;
  std::optional<std::uint64_t> size;  // absent: not known before the end (a pipe)
  bool sparse = false;                // has holes: no room is made for its whole size
  std::int64_t mtime = 0;
  std::uint32_t mode = 0644;
  Name target;  // of a symbolic link
  static void fields(auto& self, auto& io) {
    io.maybe("source", self.source);
    io("path", self.path);
    io("kind", self.kind);
    io.maybe("size", self.size);
    io.maybe("sparse", self.sparse);
    io.maybe("mtime", self.mtime);
    io.maybe("mode", self.mode);
    io.maybe("target", self.target);
  }
};
std::string_view name_of(Announcement::Kind kind);
std::optional<Announcement::Kind> parse_enum(std::string_view text, Announcement::Kind);

// ---- events

// {"event":"transfer",...}: pushed when a transfer has ended.
struct TransferEnded {
  static constexpr std::string_view event = "transfer";
  std::uint64_t transfer = 0;
  std::uint64_t files = 0, failed = 0, bytes = 0;
  std::optional<WireError> error;
  static void fields(auto& self, auto& io) {
    io("transfer", self.transfer);
    io("files", self.files);
    io("failed", self.failed);
    io("bytes", self.bytes);
    io.maybe("error", self.error);
  }
};

}  // namespace dftp
