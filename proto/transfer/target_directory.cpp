#include "proto/transfer/target_directory.h"

#include <algorithm>

namespace dftp {

Result<Attributes> TargetDirectory::stat(const ReceiveState& file) {
  if (auto held = hold(file); !held) return std::unexpected(held.error());
  return directory_->stat(file.path.name());
}

Result<std::unique_ptr<PartialFile>> TargetDirectory::make_file(const ReceiveState& file) {
  if (auto held = hold(file); !held) return std::unexpected(held.error());
  auto made = directory_->make_file(file.path.name(), options_.owner);
  if (made && options_.opened_in && !std::exchange(told_, true)) options_.opened_in(*storage_, path_);
  return made;
}

bool TargetDirectory::holds(const ReceiveState& file) const {
  const auto &held = path_.names(), &names = file.path.names();
  return directory_ && storage_ == file.storage && held.size() + 1 == std::max<std::size_t>(names.size(), 1) &&
         std::equal(held.begin(), held.end(), names.begin());
}

Result<void> TargetDirectory::hold(const ReceiveState& file) {
  if (holds(file)) return {};
  directory_.reset();
  told_ = false;
  storage_ = file.storage;
  path_ = file.path.parent();
  auto opened = storage_->directory(path_);
  if (!opened) return std::unexpected(opened.error());
  directory_ = std::move(*opened);
  return {};
}

}  // namespace dftp
