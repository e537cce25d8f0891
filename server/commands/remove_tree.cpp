#include "server/commands/remove_tree.h"

#include "proto/wire/limits.h"
#include "server/session/user_pools.h"

namespace dftp::server {
namespace {

constexpr std::size_t names_a_step = 256;
// Of the failures that are told: they fit a frame when each byte needs an escape of six.
constexpr std::size_t max_told_bytes = 128 * 1024;
// What a failure takes besides its texts.
constexpr std::size_t error_bytes = 64;

// A directory no longer, when it is to be entered.
bool was_swapped(const Error& error) {
  return error.code == Code::outside_root || error.code == Code::not_directory;
}

}  // namespace

Result<bool> TreeRemoval::step() {
  if (!held_) return begin();
  for (std::size_t names = 0; names < names_a_step && !way_.empty(); ++names) {
    auto entry = way_.back().listing->next();
    if (entry && *entry) {
      take(**entry);
      continue;
    }
    if (!entry) fail_with(std::move(entry.error()));
    leave();
  }
  return !way_.empty();
}

// The directory above is held, so that the last step, too, is done where the first one was.
Result<bool> TreeRemoval::begin() {
  const RemotePath& path = request_.path;
  if (path.is_root()) return fail(Code::denied, path.absolute(), "the root stays");
  const RemotePath top = request_.within.value_or(path.parent());
  if (!path.is_within(top) || path == top)
    return fail(Code::invalid_request, path.absolute(), "is not within " + top.absolute());
  auto held = storage_.hold(top, Links::follow);
  if (!held) {
    held.error().where = path.absolute();
    return std::unexpected(std::move(held.error()));
  }
  held_ = std::move(*held);
  auto found = held_->stat(path, Links::keep);
  if (!found) return std::unexpected(std::move(found.error()));
  if (found->type == FileType::directory) return enter(path);
  if (auto gone = held_->remove(path); !gone) return std::unexpected(std::move(gone.error()));
  reply_.removed = 1;
  return false;
}

bool TreeRemoval::enter(const RemotePath& path) {
  auto listing = held_->list(path);
  if (listing) {
    way_.push_back({path, std::move(*listing)});
  } else if (was_swapped(listing.error())) {
    remove_file(path);
  } else if (listing.error().code != Code::not_found) {
    // One that may not be read, and is empty, can go all the same.
    if (held_->remove_directory(path)) {
      gone();
    } else {
      fail_with(std::move(listing.error()));
    }
  }
  return !way_.empty();
}

void TreeRemoval::take(const DirectoryEntry& entry) {
  auto path = way_.back().path.child(entry.name);
  if (!path) return fail_with(std::move(path.error()));
  if (entry.type == FileType::directory) {
    enter(*path);
  } else {
    remove_file(*path);
  }
}

void TreeRemoval::remove_file(const RemotePath& path) {
  auto removed = held_->remove(path);
  if (removed) return gone();
  if (removed.error().code != Code::not_found) fail_with(std::move(removed.error()));
}

void TreeRemoval::gone() {
  ++reply_.removed;
  if (!way_.empty()) way_.back().removed_some = true;
}

// Of the last directory all names have been seen. A file system may leave some out while others are removed.
void TreeRemoval::leave() {
  Level left = std::move(way_.back());
  way_.pop_back();
  left.listing.reset();
  if (left.failed) {
    if (!way_.empty()) way_.back().failed = true;
    return;
  }
  auto removed = held_->remove_directory(left.path);
  if (removed) return gone();
  const Error& error = removed.error();
  if (error.code == Code::not_empty && left.removed_some) {
    enter(left.path);
  } else if (was_swapped(error)) {
    remove_file(left.path);
  } else if (error.code != Code::not_found) {
    fail_with(error);
  }
}

// Of the directory that the walk is in something stays.
void TreeRemoval::fail_with(Error error) {
  if (!way_.empty()) way_.back().failed = true;
  ++reply_.failed;
  told_bytes_ += error.where.size() + error.detail.size() + error_bytes;
  if (told_bytes_ <= max_told_bytes) reply_.errors.push_back(to_wire(error));
}

net::Task<Result<RemoveReply>> remove_tree(ActiveRequest& call, const Remove& request) {
  TreeRemoval removal(*call.session.storage, request);
  for (bool more = true; more;) {
    if (auto goes_on = call.running(); !goes_on) co_return std::unexpected(std::move(goes_on.error()));
    auto stepped = co_await call.session.pools->disk.run([&] { return removal.step(); });
    if (!stepped) co_return std::unexpected(std::move(stepped.error()));
    more = *stepped;
  }
  const RemoveReply& reply = removal.reply();
  // There was one thing to do.
  if (reply.removed == 0 && reply.failed == 1) co_return std::unexpected(from_wire(reply.errors.front()));
  co_return reply;
}

}  // namespace dftp::server
