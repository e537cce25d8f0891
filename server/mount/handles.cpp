#include "server/mount/handles.h"

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

std::unexpected<Error> bad(std::uint64_t id) {
  return fail_errno(EBADF, "handle " + std::to_string(id));
}

}  // namespace

Result<std::uint64_t> Handles::add(std::shared_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  if (open_.size() >= limits::mount_handles) return fail_errno(EMFILE, "handle");
  auto share = account_ ? account_->take(Counted::descriptors) : Portion();
  if (!share)
    return std::unexpected(
        Error{Code::too_many, "EMFILE", "handle", "this user, or this address, has as much open as it may have"});
  open_.emplace(++last_, Open{std::move(handle), std::move(*share)});
  return last_;
}

Result<std::shared_ptr<Handle>> Handles::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(id);
  if (found == open_.end()) return bad(id);
  return found->second.handle;
}

Result<std::shared_ptr<Handle>> Handles::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(id);
  if (found == open_.end()) return bad(id);
  auto handle = std::move(found->second.handle);
  open_.erase(found);
  return handle;
}

std::vector<std::shared_ptr<Handle>> Handles::all() const {
  std::vector<std::shared_ptr<Handle>> handles;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, open] : open_) handles.push_back(open.handle);
  return handles;
}

}  // namespace dftp::server
