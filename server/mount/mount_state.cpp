#include "server/mount/mount_state.h"

#include <algorithm>
#include <cerrno>

#include "proto/transfer/ticket.h"
#include "proto/wire/limits.h"
#include "server/mount/mounts.h"

namespace dftp::server {
namespace {

constexpr std::size_t token_bytes = 16;
// Names that the mount has touched and inotify has perhaps not spoken of yet.
constexpr std::size_t own_names_kept = 4096;

}  // namespace

MountState::MountState(Mounts& mounts, MountTerms terms, const SharedDescriptor& root, const FileStatus& looked)
    : token(random_hex(token_bytes)),
      terms(std::move(terms)),
      inline_executor(root, mounts.mount_points()),
      nodes(this->terms.open_root, looked, [&mounts] { mounts.wake_sweeper(); }),
      locks(mounts.locks()),
      local_name_changes(own_names_kept),
      mounts_(mounts),
      device_(looked.key.device) {
  handles.charge(this->terms.account);
  locks.charge(this->terms.account);
  nodes.charge(this->terms.account);
  reply_cache.charge(this->terms.account);
}

MountState::~MountState() {
  mounts_.watches().forget(this);
}

Result<NodeName> MountState::place(std::uint64_t parent, const Name& name) {
  if (auto valid = RemotePath().child(name.bytes); !valid) return std::unexpected(valid.error());
  if (is_reserved(name.bytes)) return fail(Code::invalid_name, name.bytes, "a reserved name");
  auto directory = nodes.open(parent);
  if (!directory && nodes.last_of_removed(parent)) return fail_errno(ENOENT, name.bytes);
  if (!directory) return std::unexpected(directory.error());
  return NodeName{parent, std::move(*directory), name.bytes};
}

fs::Attr MountState::attr_of(const FileStatus& looked) {
  fs::Attr attr = looked.attr;
  if (looked.key.device == device_) return attr;
  inline_executor.disable();
  attr.inode ^= (looked.key.device ^ device_) * 0x9e3779b97f4a7c15 | 1;
  return attr;
}

Result<fs::Attr> MountState::attr_of(int descriptor) {
  auto looked = stat_at(descriptor);
  if (!looked) return std::unexpected(looked.error());
  return attr_of(*looked);
}

bool MountState::watch(std::uint64_t node, int descriptor) {
  const auto key = nodes.key_of(node);
  return key && mounts_.watches().watch(shared_from_this(), *key, descriptor, terms.account) == Told::everything;
}

bool MountState::watched(std::uint64_t node) {
  const auto parent = nodes.key_of(nodes.parent_of(node)), own = nodes.key_of(node);
  Watches& watches = mounts_.watches();
  return (parent && watches.watches(this, *parent)) || (own && watches.watches(this, *own));
}

void MountState::settle(std::uint64_t node) {
  std::vector<FileKey> keys;
  for (const std::uint64_t one : {node, nodes.parent_of(node)})
    if (const auto key = nodes.key_of(one)) keys.push_back(*key);
  mounts_.watches().settle(this, keys);
}

void MountState::broadcast(const MountChange& deed) {
  mounts_.broadcast(*this, deed);
}

void MountState::receive(const MountChange& deed) {
  const std::uint64_t node = nodes.known(deed.key);
  if (node == 0) return;
  if (std::ranges::find(deed.what, fs::What::gone) != deed.what.end()) nodes.let_go(node);
  if (deed.now) (void)nodes.check_change(node, *deed.now);
  if (!deed.name.empty()) local_name_changes.end(node, deed.name, deed.mark);
  fs::Change change{.node = node, .what = deed.what, .names = {}};
  if (!deed.name.empty()) change.names.push_back({deed.name});
  events.add(std::move(change));
}

bool MountState::changed(const LocalChange& change, bool last_try) {
  const std::uint64_t node = nodes.known(change.watched);
  if (node == 0) return false;
  if (!change.name.empty()) return changed_inside(node, change, last_try);
  if (change.self_gone) {
    nodes.let_go(node);
    if (nodes.last_of_removed(node)) return false;
    events.add({.node = node, .what = {fs::What::attr, fs::What::gone}, .names = {}});
    return false;
  }
  const auto held = nodes.open_to_stat(node);
  if (!held) return false;
  const auto now = stat_at((*held)->number());
  return now && changed_file(node, now->attr, change.content, last_try);
}

// True when it is to be asked again.
bool MountState::changed_inside(std::uint64_t directory, const LocalChange& change, bool last_try) {
  if (is_reserved(change.name)) return false;
  const auto held = nodes.open(directory);
  if (!held) return false;
  const auto now = stat_at((*held)->number(), change.name);
  if (change.entries) {
    const auto whose = local_name_changes.judge(directory, change.name, now ? mark_of(*now) : 0);
    if (whose == LocalNameChanges::State::changing && !last_try) return true;
    if (whose != LocalNameChanges::State::own)
      events.add({.node = directory, .what = {fs::What::attr, fs::What::entries}, .names = {{change.name}}});
  }
  // What is done inside of a directory shows in its change time too, and is told by its own watch.
  if (!now || (change.entries && now->is_directory())) return false;
  const std::uint64_t node = nodes.known(now->key);
  return node != 0 && changed_file(node, now->attr, change.content, last_try);
}

bool MountState::changed_file(std::uint64_t node, const fs::Attr& now, bool content, bool last_try) {
  switch (nodes.check_change(node, now)) {
    case Nodes::Seen::unknown:
    case Nodes::Seen::same: return false;
    case Nodes::Seen::changing:
      if (!last_try) return true;
      break;
    case Nodes::Seen::attributes:
      if (content) break;
      events.add({.node = node, .what = {fs::What::attr}, .names = {}});
      return false;
    case Nodes::Seen::content: break;
  }
  events.add({.node = node, .what = {fs::What::attr, fs::What::data}, .names = {}});
  return false;
}

void MountState::unwatched(const FileKey& key) {
  if (const std::uint64_t node = nodes.known(key); node != 0)
    events.add({.node = node, .what = {fs::What::unwatched}, .names = {}});
}

ScopedChange::ScopedChange(MountState& mount, std::uint64_t node, int descriptor) : mount_(mount), node_(node) {
  const auto before = stat_at(descriptor);
  if (!before) return;
  before_ = before->attr;
  if (mount_.nodes.begin_change(node_, before->attr) && !before->is_directory())
    mount_.events.add({.node = node_, .what = {fs::What::attr, fs::What::data}, .names = {}});
}

ScopedChange::~ScopedChange() {
  if (before_) mount_.nodes.end_change(node_, now_ ? &*now_ : nullptr);
}

ScopedNameChange::ScopedNameChange(MountState& mount, const NodeName& place)
    : mount_(mount), parent_(place.parent), name_(place.name) {
  mount_.local_name_changes.begin(parent_, name_);
}

ScopedNameChange::~ScopedNameChange() {
  if (mark_) {
    mount_.local_name_changes.end(parent_, name_, *mark_);
  } else {
    mount_.local_name_changes.fail(parent_, name_);
  }
}

}  // namespace dftp::server
