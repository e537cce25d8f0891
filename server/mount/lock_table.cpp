#include "server/mount/lock_table.h"

#include <algorithm>
#include <cerrno>

#include "proto/wire/limits.h"
#include "server/mount/lock_calls.h"
#include "server/mount/lock_table_detail.h"
#include "server/mount/locks.h"

namespace dftp::server {
namespace {

// Only waits for locks of this machine's programs take one.
constexpr std::size_t max_threads = 64;
constexpr LockRange everything{0, UINT64_MAX, fs::LockType::unlock};

}  // namespace

LockTable::LockTable() : threads_(max_threads) {}

LockTable::~LockTable() = default;

int LockTable::set(const LockAsk& ask) {
  Endings endings;
  Turn turn(*this, ask.handle.key);
  if (!ask.owner.mount->obeys(ask.session)) return ECANCELED;
  bool gave_back = false;
  const int error = attempt(turn, ask, gave_back);
  if (error == EAGAIN) {
    const std::lock_guard lock(mutex_);
    end_use(*turn.file, ask.owner);
  }
  if (gave_back) retry(turn, endings);
  return error;
}

// Finds the owner's open file, or opens one. 0, or an errno.
int LockTable::open_for(Turn& turn, const LockAsk& ask) {
  File& file = *turn.file;
  std::unique_lock lock(mutex_);
  const auto found = file.owners.find(ask.owner);
  const bool writes = ask.range.type == fs::LockType::write && ask.owner.kind == fs::LockKind::posix;
  if (found != file.owners.end() && (found->second.writable || !writes)) {
    ++found->second.uses;
    return 0;
  }
  const bool is_new = found == file.owners.end();
  const auto count = counts_.find(ask.owner.mount);
  if (is_new && count != counts_.end() && count->second.owners >= limits::mount_lock_owners) return ENOLCK;
  auto paid = is_new && ask.payer ? ask.payer->take(Counted::descriptors) : Portion();
  if (!paid) return ENOLCK;
  const LockRanges before = is_new ? LockRanges() : found->second.ranges;
  lock.unlock();
  Descriptor opened = open_to_lock(ask.handle);
  if (!opened) return errno;
  // It could only read until now: what it has locked so far, for reading, it locks once more before
  // it gives it up.
  for (const LockRange& range : before.ranges())
    if (const int error = apply_lock(opened.number(), ask.owner.kind, range, false); error != 0) return error;
  const auto shared = std::make_shared<const Descriptor>(std::move(opened));
  std::shared_ptr<const Descriptor> old;
  {
    const std::lock_guard again(mutex_);
    auto [at, made] = file.owners.try_emplace(ask.owner);
    if (made) {
      ++counts_[ask.owner.mount].owners;
      at->second.paid = std::move(*paid);
    }
    old = std::exchange(at->second.file, shared);
    at->second.writable = ask.handle.writes();
    ++at->second.uses;
  }
  // A thread may still wait with it.
  if (old) apply_lock(old->number(), ask.owner.kind, everything, false);
  return 0;
}

// What comes of asking the kernel, without waiting. `gave_back`: somebody else may get something
// now. After EAGAIN the owner is kept until end_use().
int LockTable::attempt(Turn& turn, const LockAsk& ask, bool& gave_back) {
  if (ask.handle.released) return EBADF;
  File& file = *turn.file;
  const fs::LockType type = ask.range.type;
  {
    const std::lock_guard lock(mutex_);
    if (type == fs::LockType::unlock && !file.owners.contains(ask.owner)) return 0;
    if (!has_room(file, ask)) return ENOLCK;
  }
  if (const int error = open_for(turn, ask); error != 0) return error;
  std::shared_ptr<const Descriptor> own;
  {
    const std::lock_guard lock(mutex_);
    own = file.owners.at(ask.owner).file;
  }
  const int error = apply_lock(own->number(), ask.owner.kind, ask.range, false);
  const std::lock_guard lock(mutex_);
  Held& held = file.owners.at(ask.owner);
  if (error == 0) {
    const bool had_more = held.ranges.in_the_way_of({ask.range.begin, ask.range.end, fs::LockType::read}).has_value();
    gave_back |= type == fs::LockType::unlock || (type == fs::LockType::read && had_more);
    set_ranges(ask.owner, held, ask.range);
    held.handles.insert(ask.handle_id);
    if (type != fs::LockType::unlock) held.pid = ask.pid;
  } else if (ask.owner.kind == fs::LockKind::flock && type != fs::LockType::unlock) {
    // flock(2) gives up the one it has before it asks for another kind.
    gave_back |= !held.ranges.empty();
    set_ranges(ask.owner, held, everything);
  }
  if (error != EAGAIN) end_use(file, ask.owner);
  return error;
}

void LockTable::end_use(File& file, const LockOwner& owner) {
  --file.owners.at(owner).uses;
  drop_if_unused(file, owner);
}

void LockTable::drop_if_unused(File& file, const LockOwner& owner) {
  const auto found = file.owners.find(owner);
  if (found == file.owners.end() || found->second.uses > 0 || !found->second.ranges.empty()) return;
  file.owners.erase(found);
  if (const auto count = counts_.find(owner.mount); --count->second.owners == 0) counts_.erase(count);
}

// Whether the owner may have what it would have then. Giving back can cut a range in two.
bool LockTable::has_room(const File& file, const LockAsk& ask) const {
  const auto count = counts_.find(ask.owner.mount);
  constexpr std::size_t max_more = 2;
  if (count == counts_.end() || count->second.ranges + max_more <= limits::mount_lock_ranges) return true;
  const auto owner = file.owners.find(ask.owner);
  LockRanges after = owner == file.owners.end() ? LockRanges() : owner->second.ranges;
  const std::size_t before = after.ranges().size();
  after.set(ask.range);
  return after.ranges().size() <= before ||
         count->second.ranges + after.ranges().size() - before <= limits::mount_lock_ranges;
}

void LockTable::set_ranges(const LockOwner& owner, Held& held, const LockRange& range) {
  std::size_t& count = counts_.at(owner.mount).ranges;
  count -= held.ranges.ranges().size();
  held.ranges.set(range);
  count += held.ranges.ranges().size();
}

std::vector<LockOwner> LockTable::in_the_way(const File& file, const LockOwner& owner, const LockRange& range) {
  std::vector<LockOwner> found;
  for (const auto& [other, held] : file.owners)
    if (other != owner && other.kind == owner.kind && held.ranges.in_the_way_of(range)) found.push_back(other);
  return found;
}

Result<fs::GetLockReply> LockTable::test(const LockAsk& ask) {
  std::shared_ptr<const Descriptor> own = ask.handle.file;
  {
    const std::lock_guard lock(mutex_);
    if (const auto file = files_.find(ask.handle.key); file != files_.end()) {
      const auto& owners = file->second->owners;
      if (const auto owner = owners.find(ask.owner); owner != owners.end()) own = owner->second.file;
    }
  }
  struct ::flock held = kernel_lock(ask.range);
  if (::fcntl(own->number(), F_OFD_GETLK, &held) != 0) return fail_errno(errno, "lock");
  if (held.l_type == F_UNLCK) return fs::GetLockReply{};
  const LockRange range = range_of(held);
  fs::GetLockReply reply{.type = range.type,
                         .start = range.begin,
                         .length = range.end == UINT64_MAX ? 0 : range.end - range.begin,
                         .pid = held.l_pid > 0 ? static_cast<std::uint32_t>(held.l_pid) : 0};
  if (reply.pid != 0) return reply;
  // The kernel does not know whose an open file is.
  const std::lock_guard lock(mutex_);
  if (const auto file = files_.find(ask.handle.key); file != files_.end())
    reply.pid = pid_of(*file->second, ask.owner, range);
  return reply;
}

std::uint32_t LockTable::pid_of(const File& file, const LockOwner& asks, const LockRange& held) {
  for (const auto& [other, has] : file.owners)
    if (other != asks && other.kind == fs::LockKind::posix &&
        std::ranges::find(has.ranges.ranges(), held) != has.ranges.ranges().end())
      return has.pid;
  return 0;
}

template <class Gone>
void LockTable::release_if(Turn& turn, Endings& endings, Gone gone) {
  File& file = *turn.file;
  std::vector<std::pair<LockOwner, std::shared_ptr<const Descriptor>>> given_up;
  {
    const std::lock_guard lock(mutex_);
    for (const WaitPointer& wait : std::vector(file.waits))
      if (gone(wait->ask.owner, std::set{wait->ask.handle_id})) cancel(wait, endings);
    for (const auto& [owner, held] : file.owners)
      if (gone(owner, held.handles)) given_up.emplace_back(owner, held.file);
  }
  for (const auto& [owner, own] : given_up) {
    // Not by closing alone: a thread may wait with it.
    apply_lock(own->number(), owner.kind, everything, false);
    const std::lock_guard lock(mutex_);
    const auto found = file.owners.find(owner);
    if (found == file.owners.end()) continue;
    set_ranges(owner, found->second, everything);
    found->second.handles.clear();
    drop_if_unused(file, owner);
  }
  if (!given_up.empty()) retry(turn, endings);
}

void LockTable::release(const Locks* mount, std::uint64_t handle_id, const FileKey& key) {
  Endings endings;
  Turn turn(*this, key);
  release_if(turn, endings, [&](const LockOwner& owner, const std::set<std::uint64_t>& handles) {
    return owner.mount == mount && handles.contains(handle_id);
  });
}

void LockTable::release(const Locks* mount) {
  std::vector<FileKey> keys;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, file] : files_)
      if (std::ranges::any_of(file->owners, [&](const auto& owner) { return owner.first.mount == mount; }))
        keys.push_back(key);
  }
  for (const FileKey& key : keys) {
    Endings endings;
    Turn turn(*this, key);
    release_if(turn, endings, [&](const LockOwner& owner, const auto&) { return owner.mount == mount; });
  }
}

bool LockTable::unless_locked(const Locks* mount, const FileKey& key, const std::function<void()>& work) const {
  const std::lock_guard lock(mutex_);
  const auto has_some = [&](const auto& owner) { return owner.first.mount == mount && !owner.second.ranges.empty(); };
  const auto file = files_.find(key);
  if (file != files_.end() && std::ranges::any_of(file->second->owners, has_some)) return false;
  work();
  return true;
}

std::size_t LockTable::size(const Locks* mount) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(mount);
  return found == counts_.end() ? 0 : found->second.owners;
}

}  // namespace dftp::server
