#include "server/mount/handles.h"

#include "proto/wire/limits.h"

namespace dftp {
namespace {

std::unexpected<Error> bad(std::uint64_t id) {
  return fail_errno(EBADF, "handle " + std::to_string(id));
}

}  // namespace

Result<std::uint64_t> Handles::add(std::shared_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  if (open_.size() >= limits::mount_handles) return fail_errno(EMFILE, "handle");
  open_.emplace(++last_, std::move(handle));
  return last_;
}

Result<std::shared_ptr<Handle>> Handles::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(id);
  if (found == open_.end()) return bad(id);
  return found->second;
}

Result<std::shared_ptr<Handle>> Handles::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(id);
  if (found == open_.end()) return bad(id);
  auto handle = std::move(found->second);
  open_.erase(found);
  return handle;
}

std::vector<std::shared_ptr<Handle>> Handles::all() const {
  std::vector<std::shared_ptr<Handle>> handles;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, handle] : open_) handles.push_back(handle);
  return handles;
}

}  // namespace dftp
