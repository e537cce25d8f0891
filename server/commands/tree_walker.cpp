#include "server/commands/tree_walker.h"

#include <utility>

namespace dftp::server {

Result<std::optional<Visit>> TreeWalker::next() {
  entered_ = false;
  if (!std::exchange(begun_, true)) return begin();
  if (failed_) return std::exchange(failed_, std::nullopt);
  while (!levels_.empty()) {
    Level& level = levels_.back();
    auto entry = level.listing->next();
    if (entry && *entry) {
      if (auto visit = look_at(level, **entry)) return visit;
      continue;
    }
    Visit left{.what = Visit::What::leaves,
               .beneath = level.beneath,
               .depth = levels_.size() - 1,
               .attributes = level.attributes,
               .partials = level.listing->partials()};
    levels_.pop_back();
    if (entry) return left;
    failed_ = std::move(left);
    return Visit{Visit::What::failed, failed_->beneath, failed_->depth, {}, std::move(entry.error())};
  }
  return std::nullopt;
}

Result<std::optional<Visit>> TreeWalker::begin() {
  auto found = storage_.stat(path_, Links::follow);
  if (!found) return std::unexpected(std::move(found.error()));
  if (found->type == FileType::directory) {
    auto held = storage_.hold(path_, Links::follow);
    if (!held) return std::unexpected(std::move(held.error()));
    held_ = std::move(*held);
  }
  return enter({Visit::What::found, {}, 0, *found});
}

// Of a directory whose content is wanted, it has to be open before anything is said of it.
std::optional<Visit> TreeWalker::enter(Visit visit) {
  if (visit.attributes.type != FileType::directory || visit.depth >= depth_) return visit;
  const auto path = path_.join(visit.beneath);
  auto listing = path ? storage().list(*path) : std::unexpected(path.error());
  if (listing) {
    levels_.push_back({visit.beneath, visit.attributes, std::move(*listing)});
    entered_ = true;
  } else {
    failed_ = Visit{Visit::What::failed, visit.beneath, visit.depth, {}, std::move(listing.error())};
  }
  return visit;
}

void TreeWalker::skip() {
  failed_.reset();
  if (std::exchange(entered_, false)) levels_.pop_back();
}

// nullopt: it has vanished meanwhile.
std::optional<Visit> TreeWalker::look_at(Level& level, const DirectoryEntry& entry) {
  const std::size_t depth = levels_.size();
  auto beneath = level.beneath.child(entry.name);
  if (!beneath) {
    Error error = std::move(beneath.error());
    if (!path_.is_root()) error.where = path_.absolute() + error.where;
    return Visit{Visit::What::failed, level.beneath, depth, {}, std::move(error)};
  }
  auto attributes = level.listing->attributes(entry.name);
  if (!attributes && attributes.error().code == Code::not_found) return std::nullopt;
  if (!attributes) return Visit{Visit::What::failed, *beneath, depth, {}, std::move(attributes.error())};
  return enter({Visit::What::found, std::move(*beneath), depth, *attributes});
}

}  // namespace dftp::server
