#include "server/mount/locks.h"

#include <cerrno>

namespace dftp::server {
namespace {

Result<LockRange> range_of(const auto& request) {
  const auto range = lock_range(request.type, request.start, request.length);
  if (!range) return fail_errno(EINVAL, "lock");
  return *range;
}

}  // namespace

void Locks::belong_to(const void* session) {
  const void* before = session_.exchange(session);
  if (before && before != session) table_.cancel(this, before);
}

Result<LockAsk> Locks::ask_of(const Handle& handle, const fs::Lock& request, const void* session) const {
  const bool posix = request.kind == fs::LockKind::posix;
  const auto wanted = posix ? range_of(request) : LockRange{0, UINT64_MAX, request.type};
  if (!wanted) return std::unexpected(wanted.error());
  const bool open_for_it =
      request.type == fs::LockType::read ? handle.reads() : request.type == fs::LockType::unlock || handle.writes();
  if (posix && !open_for_it) return fail_errno(EBADF, "lock");
  return LockAsk{
      {this, request.kind, request.owner}, request.handle, handle, *wanted, request.pid, account_.get(), session};
}

Result<void> Locks::set(const Handle& handle, const fs::Lock& request, const void* session) {
  const auto ask = ask_of(handle, request, session);
  if (!ask) return std::unexpected(ask.error());
  if (const int error = table_.set(*ask); error != 0) return fail_errno(error, "lock");
  return {};
}

Result<fs::GetLockReply> Locks::test(const Handle& handle, const fs::GetLock& request) const {
  const auto wanted = range_of(request);
  if (!wanted) return std::unexpected(wanted.error());
  if (wanted->type == fs::LockType::unlock) return fail_errno(EINVAL, "lock");
  return table_.test({{this, fs::LockKind::posix, request.owner}, request.handle, handle, *wanted, 0});
}

void Locks::release(std::uint64_t handle_id, const Handle& handle) {
  table_.release(this, handle_id, handle.key);
}

Result<void> Locks::enrol(const void* session, std::uint64_t number, const std::shared_ptr<Handle>& handle,
                          const fs::Lock& request, LockTable::Ended ended) {
  const auto ask = ask_of(*handle, request, session);
  if (!ask) return std::unexpected(ask.error());
  return table_.enrol({this, session, number}, handle, *ask, std::move(ended));
}

}  // namespace dftp::server
