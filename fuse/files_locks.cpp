// Locks on open files.
#include <algorithm>
#include <cerrno>

#include "fuse/files_detail.h"
#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

using enum client::MountSession::WaitLimit;

// Half of the requests that a connection takes at a time.
constexpr std::size_t max_lock_waits = limits::requests_in_flight / 2;
// The connection may have been lost again, which tells nobody who waits for what is owed.
constexpr auto look_again = std::chrono::milliseconds(500);

// Without a connection, or an answer; cancelled here, that is, and not by the server.
bool may_have_come(const Error& error) {
  if (error.code == Code::cancelled) return error.errno_name.empty();
  return error.code == Code::timed_out || error.code == Code::disconnected;
}

// Of what the server has granted, or was asked to give back.
std::optional<dftp::LockRange> whole(const LockRequest& range) {
  if (range.kind == fs::LockKind::flock) return dftp::LockRange{0, UINT64_MAX, range.type};
  return lock_range(range.type, range.start, range.length);
}

}  // namespace

Task<Result<void>> Files::lock(std::uint64_t id, std::uint64_t owner, LockRequest range, LockWait wait) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  const FilePointer file = handle->file;
  // Who gets the lock next is to see what was written under it.
  co_await drain(file);
  if (auto usable = co_await make_usable(handle); !usable) co_return usable;
  const bool unlocks = range.type == fs::LockType::unlock;
  if (!unlocks) {
    handle->lock_owners.insert(owner);
    handle->locked = true;
  }
  auto locked = co_await ask_for_lock(handle, owner, range, wait);
  // Whether this is heard of or not, the program has given it up. flock(2) gives up the one it has, too, before it asks
  // for another kind.
  if (const auto all = whole(range); all && unlocks) file->locks.set({range.kind, owner}, *all);
  if (!locked && range.kind == fs::LockKind::flock) file->locks.drop({range.kind, owner});
  if (!locked && may_have_come(locked.error())) owe_locks(handle, range.kind, owner);
  co_return locked;
}

Task<Result<void>> Files::ask_for_lock(HandlePointer handle, std::uint64_t owner, LockRequest range, LockWait wait) {
  const FilePointer file = handle->file;
  if (auto paid = co_await locks_paid(file); !paid) co_return paid;
  // Who waits must leave room for those who give back.
  while (wait && !wait->cancelled() && lock_waits_ >= max_lock_waits) co_await fewer_lock_waits_.wait();
  lock_waits_ += wait != nullptr;
  fs::Lock request{0, owner, range.kind, range.type, range.start, range.length, range.pid, wait != nullptr};
  const auto reply = co_await through(handle, request, endless, wait);
  lock_waits_ -= wait != nullptr;
  fewer_lock_waits_.notify_all();
  if (!reply) co_return std::unexpected(reply.error());
  if (range.type == fs::LockType::unlock) co_return Result<void>();
  // Whoever has had it before may have changed the file: nothing that was known or read of it holds.
  tree_.known().granted(file->node, reply->at);
  forget_read(*file, 0, UINT64_MAX);
  co_await tree_.known().kernel_knows(session_.executor());
  co_return Result<void>();
}

void Files::granted(std::uint64_t id, std::uint64_t owner, const LockRequest& range, bool taken) {
  const auto found = find(id);
  if (!found || range.type == fs::LockType::unlock) return;
  const HandlePointer handle = *found;
  if (taken) {
    handle->file->locks.set({range.kind, owner}, *whole(range));
  } else {
    owe_locks(handle, range.kind, owner);
  }
}

// ---- what is owed to others

void Files::owe_locks(const HandlePointer& handle, fs::LockKind kind, std::uint64_t owner) {
  const FilePointer file = handle->file;
  file->owed_locks.insert_or_assign({kind, owner}, handle);
  if (!std::exchange(file->paying_locks, true)) net::spawn(session_.executor(), pay_locks(this, file));
}

Task<void> Files::pay_locks(Files* files, FilePointer file) {
  while (!file->owed_locks.empty()) {
    const auto owed = file->owed_locks.extract(file->owed_locks.begin());
    const auto [kind, owner] = owed.key();
    if (!co_await files->pay_locks_of(owed.mapped(), kind, owner)) files->lose_locks(*file, owner);
  }
  file->paying_locks = false;
  file->changed.notify_all();
}

// False when the owner has less than it knows: it gave up a part of a lock, was told that this failed, and somebody
// else has that part.
Task<bool> Files::pay_locks_of(HandlePointer handle, fs::LockKind kind, std::uint64_t owner) {
  const auto pieces = handle->file->locks.all_of({kind, owner});
  for (const dftp::LockRange& piece : pieces) {
    if (!handle->file->handles.contains(handle)) handle = handle_of(*handle->file, owner);
    if (!handle) co_return true;  // with the handles the server has closed what was locked
    fs::Lock request{.owner = owner, .kind = kind, .type = piece.type, .start = piece.begin};
    if (piece.end != UINT64_MAX) request.length = piece.end - piece.begin;
    const auto reply = co_await through(handle, request, lifelong);
    if (!reply && reply.error().errno_name == "EAGAIN") co_return false;
  }
  co_return true;
}

// One that the owner has locked through, rather than another.
Files::HandlePointer Files::handle_of(const File& file, std::uint64_t owner) {
  for (const HandlePointer& handle : file.handles) {
    if (handle->lock_owners.contains(owner)) return handle;
  }
  return file.handles.empty() ? nullptr : *file.handles.begin();
}

Task<Result<void>> Files::locks_paid(FilePointer file) {
  while (file->paying_locks) {
    if (auto there = co_await session_.reachable(endless); !there) co_return there;
    if (file->paying_locks) co_await file->changed.wait_for(look_again);
  }
  co_return Result<void>();
}

void Files::lose_locks(File& file, std::uint64_t owner) {
  for (const HandlePointer& handle : file.handles) {
    if (handle->lock_owners.contains(owner)) handle->lost_locks = true;
  }
}

// The server does the same when it closes the handle.
void Files::forget_locks(Handle& handle) {
  for (const std::uint64_t owner : handle.lock_owners) {
    handle.file->locks.drop({fs::LockKind::posix, owner});
    handle.file->locks.drop({fs::LockKind::flock, owner});
  }
}

Task<Result<fs::GetLockReply>> Files::get_lock(std::uint64_t id, std::uint64_t owner, LockRequest range) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  fs::GetLock request{0, owner, range.type, range.start, range.length};
  co_return co_await through(handle, request, usual);
}

Task<Result<void>> Files::unlock_all(std::uint64_t id, std::uint64_t owner) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  // Locks belong to the file: they were perhaps taken by another of its handles.
  const FilePointer file = (*found)->file;
  const auto has_owner = [&](const HandlePointer& handle) { return handle->lock_owners.contains(owner); };
  if (std::ranges::none_of(file->handles, has_owner)) co_return Result<void>();
  const LockRequest all{fs::LockKind::posix, fs::LockType::unlock, 0, 0, 0};
  auto unlocked = co_await lock(id, owner, all, nullptr);
  for (const HandlePointer& handle : file->handles) handle->lock_owners.erase(owner);
  co_return unlocked;
}

}  // namespace dftp::mount
