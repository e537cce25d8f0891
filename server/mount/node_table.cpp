#include "server/mount/node_table.h"

#include <algorithm>

namespace dftp::server {

NodeTable::NodeTable(const FileStatus& root, std::size_t max) : max_(max) {
  nodes_[fs::root_node] = {.key = root.key, .birth = root.birth, .lookups = 1, .ctime = root.attr.ctime};
  by_key_[root.key] = fs::root_node;
}

std::uint64_t NodeTable::add(const FileStatus& looked, std::uint64_t parent, std::string_view name) {
  if (const std::uint64_t id = known(looked.key); id != 0) {
    NodeRecord& node = nodes_[id];
    if (node.birth == looked.birth) {
      ++node.lookups;
      const bool other = node.parent != parent || node.name != name;
      if (other && looked.attr.links > 1 && !looked.is_directory()) former_[id] = {node.parent, node.name};
      move(id, parent, name);
      return id;
    }
    // Another file got the inode. The node of the one before stays, and leads nowhere.
    by_key_.erase(looked.key);
  }
  const auto above = nodes_.find(parent);
  if (nodes_.size() >= max_ || above == nodes_.end()) return 0;
  ++above->second.children;
  const std::uint64_t id = ++last_;
  nodes_[id] = {.key = looked.key,
                .birth = looked.birth,
                .parent = parent,
                .name = std::string(name),
                .lookups = 1,
                .ctime = looked.attr.ctime,
                .mtime = looked.attr.mtime,
                .size = looked.attr.size};
  by_key_[looked.key] = id;
  return id;
}

std::uint64_t NodeTable::known(const FileKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? 0 : found->second;
}

NodeRecord* NodeTable::find(std::uint64_t id) {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? nullptr : &found->second;
}

void NodeTable::move(std::uint64_t id, std::uint64_t parent, std::string_view name) {
  NodeRecord *node = find(id), *above = find(parent);
  if (!node || !above || id == fs::root_node || id == parent) return;
  if (node->parent != parent) {
    ++above->children;
    const std::uint64_t before = std::exchange(node->parent, parent);
    --nodes_[before].children;
    collect(before);
  }
  if (node->name != name) node->name = name;
}

void NodeTable::lost_name(std::uint64_t id, std::uint64_t parent, std::string_view name) {
  const NodeRecord* node = find(id);
  const auto before = former_.find(id);
  if (!node || before == former_.end() || node->parent != parent || node->name != name) return;
  const auto [former_parent, former_name] = std::move(before->second);
  former_.erase(before);
  move(id, former_parent, former_name);
}

void NodeTable::forget(std::uint64_t id, std::uint64_t count) {
  NodeRecord* node = find(id);
  if (!node || id == fs::root_node) return;
  node->lookups -= std::min(count, node->lookups);
  collect(id);
}

void NodeTable::collect(std::uint64_t id) {
  while (id != fs::root_node) {
    const auto found = nodes_.find(id);
    if (found == nodes_.end() || found->second.lookups > 0 || found->second.children > 0) break;
    const auto key = by_key_.find(found->second.key);
    if (key != by_key_.end() && key->second == id) by_key_.erase(key);
    const std::uint64_t parent = found->second.parent;
    nodes_.erase(found);
    former_.erase(id);
    given_up_.push_back(id);
    id = parent;
    if (const auto above = nodes_.find(id); above != nodes_.end()) --above->second.children;
  }
}

}  // namespace dftp::server
