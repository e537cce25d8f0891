#include "fuse/inode_table.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

// Where nearly all are directories, files are far between.
constexpr std::size_t buckets_at_once = 64;

}  // namespace

InodeTable::InodeTable() {
  nodes_.emplace(root_node, Entry{missing, {}, 1, 0, true});
}

bool InodeTable::found(Node node, Node parent, std::string_view name, bool is_directory) {
  const auto [at, is_new] = nodes_.try_emplace(node, Entry{parent, std::string(name), 0, 0, is_directory});
  directories_ += is_new && is_directory;
  Entry& entry = at->second;
  ++entry.holders;
  ++entry.handed_out;
  if (node != root_node) moved(node, parent, name);
  return is_new;
}

void InodeTable::hold(Node node) {
  const auto found = nodes_.find(node);
  if (found != nodes_.end()) ++found->second.holders;
}

void InodeTable::release(Node node, std::uint64_t count) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second.holders -= std::min(count, found->second.holders);
  if (found->second.holders > 0 || node == root_node) return;
  forgotten_.push_back({node, found->second.handed_out});
  directories_ -= found->second.is_directory;
  nodes_.erase(found);
}

void InodeTable::moved(Node node, Node parent, std::string_view name) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second.parent = parent;
  if (found->second.name != name) found->second.name = name;
}

std::optional<std::vector<std::string>> InodeTable::path(Node node) const {
  std::vector<std::string> names;
  while (node != root_node) {
    const auto found = nodes_.find(node);
    // The names of a peer that is no good may form a ring.
    if (found == nodes_.end() || names.size() > limits::path_depth) return std::nullopt;
    names.push_back(found->second.name);
    node = found->second.parent;
  }
  std::ranges::reverse(names);
  return names;
}

std::optional<InodeTable::Place> InodeTable::place(Node node) const {
  const auto found = nodes_.find(node);
  if (node == root_node || found == nodes_.end()) return std::nullopt;
  return Place{found->second.parent, found->second.name};
}

std::vector<Node> InodeTable::next_files(std::size_t max) {
  std::vector<Node> files;
  for (std::size_t looked_at = 0; looked_at < buckets_at_once && files.size() < max; ++looked_at) {
    hand_ = (hand_ + 1) % nodes_.bucket_count();
    for (auto entry = nodes_.begin(hand_); entry != nodes_.end(hand_); ++entry) {
      if (!entry->second.is_directory) files.push_back(entry->first);
    }
  }
  return files;
}

std::vector<InodeTable::Forgotten> InodeTable::take_forgotten(std::size_t max) {
  const auto end = forgotten_.begin() + static_cast<std::ptrdiff_t>(std::min(max, forgotten_.size()));
  std::vector<Forgotten> taken(forgotten_.begin(), end);
  forgotten_.erase(forgotten_.begin(), end);
  return taken;
}

}  // namespace dftp::mount
