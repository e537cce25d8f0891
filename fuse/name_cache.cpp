#include "fuse/name_cache.h"

namespace dftp::mount {

NameCache::NameCache(std::size_t max_names, Watcher held, Watcher dropped)
    : max_names_(max_names),
      held_(std::move(held)),
      dropped_(std::move(dropped)),
      // Directories without names count as well.
      directories_(max_names, [this](const Node&, Directory& directory) { drop(directory); }) {}

std::optional<Node> NameCache::find(Node directory, std::string_view name, Clock::time_point now) {
  Directory* known = directories_.find(directory);
  if (!known) return std::nullopt;
  const auto found = known->names.find(std::string(name));
  if (found != known->names.end()) {
    return now < found->second.until ? std::optional(found->second.node) : std::nullopt;
  }
  return now < known->whole_until ? std::optional(missing) : std::nullopt;
}

bool NameCache::put(Node directory, std::string_view name, Node node, Clock::time_point until, std::uint64_t at) {
  Directory& in = open(directory);
  const auto [entry, is_new] = in.names.try_emplace(std::string(name), Name{node, until, at});
  if (!is_new && at < entry->second.at) return false;
  if (node != missing) held_(node);
  if (is_new || entry->second.node != node) in.version = ++last_version_;
  if (is_new) {
    ++names_;
  } else {
    const Node before = std::exchange(entry->second, Name{node, until, at}).node;
    if (before != missing) dropped_(before);
  }
  shrink();
  return true;
}

void NameCache::erase(Node directory, std::string_view name) {
  Directory* known = directories_.find(directory);
  if (!known) return;
  known->listed.reset();
  known->whole_until = Clock::time_point::min();
  known->version = ++last_version_;
  const auto found = known->names.find(std::string(name));
  if (found == known->names.end()) return;
  const Node node = found->second.node;
  known->names.erase(found);
  --names_;
  if (node != missing) dropped_(node);
}

void NameCache::erase(Node directory) {
  directories_.erase(directory);
}

void NameCache::clear() {
  directories_.clear();
}

void NameCache::begin_listing(Node directory) {
  open(directory).listed = 0;
}

void NameCache::listed_to(Node directory, std::int64_t cookie) {
  Directory* known = directories_.find(directory);
  if (known && known->listed) known->listed = cookie;
}

void NameCache::end_listing(Node directory, Clock::time_point until) {
  Directory* known = directories_.find(directory);
  if (!known || !known->listed) return;
  known->listed.reset();
  known->misses = 0;
  if (known->names.size() <= max_names_ / 2) known->whole_until = until;
}

bool NameCache::continues_listing(Node directory, std::int64_t cookie) {
  const Directory* known = directories_.find(directory);
  return known && known->listed == cookie;
}

bool NameCache::is_whole(Node directory, Clock::time_point now) {
  Directory* known = directories_.find(directory);
  return known && now < known->whole_until;
}

std::uint64_t NameCache::version(Node directory) {
  const Directory* known = directories_.find(directory);
  return known ? known->version : 0;
}

std::optional<std::vector<std::pair<std::string, Node>>> NameCache::all(Node directory) {
  const Directory* known = directories_.find(directory);
  if (!known || known->whole_until == Clock::time_point::min()) return std::nullopt;
  std::vector<std::pair<std::string, Node>> found;
  for (const auto& [name, entry] : known->names) {
    if (entry.node != missing) found.emplace_back(name, entry.node);
  }
  return found;
}

unsigned& NameCache::misses(Node directory) {
  return open(directory).misses;
}

NameCache::Directory& NameCache::open(Node directory) {
  if (Directory* known = directories_.find(directory)) return *known;
  Directory& made = directories_.put(directory, {});
  made.version = ++last_version_;
  return made;
}

// One directory that is larger than everything goes as well: there is always room for the next name.
void NameCache::shrink() {
  while (names_ > max_names_ && directories_.size() > 0) directories_.shrink(directories_.size() - 1);
}

void NameCache::drop(Directory& directory) {
  names_ -= directory.names.size();
  for (const auto& [name, entry] : directory.names) {
    if (entry.node != missing) dropped_(entry.node);
  }
}

}  // namespace dftp::mount
