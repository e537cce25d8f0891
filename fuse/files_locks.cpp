// Locks on open files.
#include <algorithm>
#include <cerrno>

#include "fuse/files_detail.h"
#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

using enum client::MountSession::Patience;

// Half of the requests that a connection takes at a time.
constexpr std::size_t lock_waits_most = limits::requests_in_flight / 2;

}  // namespace

Task<Result<void>> Files::lock(std::uint64_t id, std::uint64_t owner, LockRange range, std::uint64_t wait) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  const FilePointer file = handle->file;
  // Who gets the lock next is to see what was written under it.
  co_await drain(file);
  if (auto usable = co_await make_usable(handle); !usable) co_return usable;
  if (range.type != fs::LockType::unlock) {
    handle->lock_owners.insert(owner);
    handle->locked = true;
  }
  // Who waits must leave room for those who give back.
  while (wait && lock_waits_ >= lock_waits_most) co_await fewer_lock_waits_.wait();
  lock_waits_ += wait != 0;
  fs::Lock request{0, owner, range.kind, range.type, range.start, range.length, range.pid, wait};
  const auto reply = co_await through(handle, request, endless);
  lock_waits_ -= wait != 0;
  fewer_lock_waits_.notify_all();
  if (!reply) co_return std::unexpected(reply.error());
  if (range.type == fs::LockType::unlock) co_return Result<void>();
  // Whoever has had it before may have changed the file: nothing that was known or read of it holds.
  tree_.known().granted(file->node, reply->at);
  forget_read(*file, 0, UINT64_MAX);
  co_await tree_.known().kernel_knows(session_.executor());
  co_return Result<void>();
}

Task<Result<fs::GetLockReply>> Files::get_lock(std::uint64_t id, std::uint64_t owner, LockRange range) {
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
  const LockRange all{fs::LockKind::posix, fs::LockType::unlock, 0, 0, 0};
  auto unlocked = co_await lock(id, owner, all, 0);
  for (const HandlePointer& handle : file->handles) handle->lock_owners.erase(owner);
  co_return unlocked;
}

}  // namespace dftp::mount
