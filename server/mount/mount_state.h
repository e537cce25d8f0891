// One mount: what it knows, holds open and has locked. It outlives its session for a while. docs/protocol/mount.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proto/storage/storage.h"
#include "server/mount/acting.h"
#include "server/mount/events.h"
#include "server/mount/handles.h"
#include "server/mount/inline_executor.h"
#include "server/mount/local_name_changes.h"
#include "server/mount/locks.h"
#include "server/mount/nodes.h"
#include "server/mount/reply_cache.h"
#include "server/watch/watches.h"

namespace dftp::server {

class Account;
class Mounts;
struct User;

// What a mount may do, and where it begins.
struct MountTerms {
  std::string user;
  bool write = false;
  bool act_as = false;
  std::shared_ptr<Storage> storage;              // of the user
  RemotePath path;                               // of the mount's root in it
  std::shared_ptr<const User> record = nullptr;  // what the user's login rests on, see Principal
  Nodes::OpenRoot open_root = {};                // by that path
  std::shared_ptr<Account> account{};            // who pays for what it holds; nullptr: nobody counts
  std::shared_ptr<void> paid{};                  // what the mount itself takes, until it goes
};

// A name in a directory that is open.
struct NodeName {
  std::uint64_t parent = 0;
  SharedDescriptor directory;
  std::string name;

  int at() const { return directory->number(); }
  const char* text() const { return name.c_str(); }
};

// What one mount has done, for the others.
struct MountChange {
  FileKey key;  // of the file, or of the directory that `name` is in
  std::vector<fs::What> what;
  std::string name{};
  std::uint64_t mark = 0;         // what the name stands for now: mark_of(), or 0 for nothing
  std::optional<fs::Attr> now{};  // of the file
};

// Thread-safe. What takes names or nodes may wait for a disk: call it on the disk pool, or through `at_once`.
class MountState final : public Watcher, public std::enable_shared_from_this<MountState> {
 public:
  MountState(Mounts& mounts, MountTerms terms, const SharedDescriptor& root, const FileStatus& looked);
  ~MountState() override;

  const std::string token;
  const MountTerms terms;
  InlineExecutor inline_executor;
  Nodes nodes;
  Handles handles;
  ReplyCache reply_cache;
  Locks locks;
  Events events;
  LocalNameChanges local_name_changes;

  // Code::invalid_name for what is no name or a reserved one; ENOENT in a directory that this mount
  // has removed; ESTALE.
  Result<NodeName> place(std::uint64_t parent, const Name& name);
  // Makes inodes unique where the mount holds several file systems.
  fs::Attr attr_of(const FileStatus& looked);
  Result<fs::Attr> attr_of(int descriptor);

  // From now on the client is told what anybody does in this directory, or to this file. False when it cannot be.
  bool watch(std::uint64_t node, int descriptor);
  // Of a file: whether the directory it is found in is watched.
  bool watched(std::uint64_t node);
  // What others have done to this file before this call is among the events when it returns, and no news of it comes
  // later: while the kernel of the mount is told of a change, it believes no size that it has just asked for.
  void settle(std::uint64_t node);

  // Tells the other mounts what this one has done.
  void broadcast(const MountChange& deed);
  // Another mount has done this. What inotify says of it later is no news any more.
  void receive(const MountChange& deed);

  bool changed(const LocalChange& change, bool last_try) override;
  void unwatched(const FileKey& key) override;
  void missed() override { events.add_missed(); }

 private:
  bool changed_inside(std::uint64_t directory, const LocalChange& change, bool last_try);
  bool changed_file(std::uint64_t node, const fs::Attr& now, bool content, bool last_try);

  Mounts& mounts_;
  const std::uint64_t device_;  // of the root
};

// By this an entry is known again: a new file may have the inode of an old one.
inline std::uint64_t mark_of(const FileStatus& looked) {
  return looked.key.inode ^ static_cast<std::uint64_t>(looked.birth) ^ looked.key.device << 32;
}

// The mount itself changes a file: what inotify says of it meanwhile is no news. Says so if somebody else had changed
// it before and the client does not know.
class ScopedChange {
 public:
  ScopedChange(MountState& mount, std::uint64_t node, int descriptor);
  ~ScopedChange();
  ScopedChange(const ScopedChange&) = delete;
  ScopedChange& operator=(const ScopedChange&) = delete;
  // It has been changed, and this is what it is now.
  void done(const fs::Attr& now) { now_ = now; }
  // What it was; nothing when that could not be found out.
  const std::optional<fs::Attr>& before() const { return before_; }

 private:
  MountState& mount_;
  const std::uint64_t node_;
  std::optional<fs::Attr> before_;
  std::optional<fs::Attr> now_;
};

// The mount itself changes what a name stands for.
class ScopedNameChange {
 public:
  ScopedNameChange(MountState& mount, const NodeName& place);
  ~ScopedNameChange();
  ScopedNameChange(const ScopedNameChange&) = delete;
  ScopedNameChange& operator=(const ScopedNameChange&) = delete;
  void done(std::uint64_t mark) { mark_ = mark; }

 private:
  MountState& mount_;
  const std::uint64_t parent_;
  const std::string name_;
  std::optional<std::uint64_t> mark_;
};

}  // namespace dftp::server
