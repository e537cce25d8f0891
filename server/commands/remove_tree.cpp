#include "server/commands/remove_tree.h"

namespace dftp {
namespace {

constexpr std::size_t names_a_step = 256;

// A directory on the way down, with those in it that are still to be visited.
struct Level {
  RemotePath path;
  std::vector<std::string> directories{};
};

using Way = std::vector<Level>;

// Removes some of what is in the last directory of the way: files at once, directories by going into them, and when
// nothing is left, itself. How many are gone.
Result<std::uint64_t> step(Storage& storage, Way& way) {
  Level& level = way.back();
  if (!level.directories.empty()) {
    auto inner = level.path.child(level.directories.back());
    if (!inner) return std::unexpected(inner.error());
    level.directories.pop_back();
    way.push_back({*inner});
    return 0;
  }
  auto listing = storage.list(level.path);
  if (!listing) return std::unexpected(listing.error());
  std::vector<DirectoryEntry> entries;
  while (entries.size() < names_a_step) {
    auto entry = (*listing)->next();
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) break;
    entries.push_back(std::move(**entry));
  }
  listing->reset();
  std::uint64_t removed = 0;
  for (DirectoryEntry& entry : entries) {
    if (entry.type == FileType::directory) {
      level.directories.push_back(std::move(entry.name));
      continue;
    }
    auto path = level.path.child(entry.name);
    if (!path) return std::unexpected(path.error());
    auto gone = storage.remove(*path);
    if (gone)
      ++removed;
    else if (gone.error().code != Code::not_found)
      return std::unexpected(gone.error());
  }
  if (!entries.empty()) return removed;
  if (auto gone = storage.remove_directory(level.path); !gone) return std::unexpected(gone.error());
  way.pop_back();
  return 1;
}

Result<std::uint64_t> begin(Storage& storage, Way& way, const RemotePath& path) {
  if (path.is_root()) return fail(Code::denied, path.absolute(), "the root stays");
  auto found = storage.stat(path, Links::keep);
  if (!found) return std::unexpected(found.error());
  if (found->type == FileType::directory) {
    way.push_back({path});
    return 0;
  }
  if (auto gone = storage.remove(path); !gone) return std::unexpected(gone.error());
  return 1;
}

}  // namespace

net::Task<Result<RemoveReply>> remove_tree(Session& session, const RemotePath& path) {
  Storage& storage = *session.storage;
  Way way;
  RemoveReply reply;
  auto removed = co_await session.context.disk.run([&] { return begin(storage, way, path); });
  for (;;) {
    if (!removed) co_return std::unexpected(removed.error());
    reply.removed += *removed;
    if (way.empty()) co_return reply;
    if (session.ending) co_return std::unexpected(*session.ending);
    removed = co_await session.context.disk.run([&] { return step(storage, way); });
  }
}

}  // namespace dftp
