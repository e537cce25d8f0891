// What a mount's node ids stand for. Ids count from 1, the root, and are never used again.
//
// A node is kept as long as the client has not given back as often as it was handed out (lookups), and as long as other
// nodes are found through it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/watch/file_status.h"

namespace dftp::server {

struct NodeRecord {
  FileKey key;
  std::int64_t birth = 0;
  std::uint64_t parent = 0;  // through which it is found; 0 for the root
  std::string name;
  std::uint64_t lookups = 0;
  std::uint64_t children = 0;
  // The state of the file that the client knows, or has been told to forget: a change time that is neither this one nor
  // made by the mount itself is somebody else's doing.
  std::int64_t ctime = 0, mtime = 0;
  std::uint64_t size = 0;
  std::uint32_t changing = 0;  // changes by the mount itself that are under way
};

// One thread at a time.
class NodeTable {
 public:
  // `max`: nodes at a time.
  NodeTable(const FileStatus& root, std::size_t max);

  // Counts one lookup of what stands under this name. 0 when there are too many nodes.
  std::uint64_t add(const FileStatus& looked, std::uint64_t parent, std::string_view name);
  // 0 when it has no node.
  std::uint64_t known(const FileKey& key) const;
  // nullptr when there is no such node.
  NodeRecord* find(std::uint64_t id);
  // One of its names is gone. If it was found under this one, it is found under the one before,
  // where it had several.
  void lost_name(std::uint64_t id, std::uint64_t parent, std::string_view name);
  // From now on it is found under another name. Nothing happens when the client does not know one of the two.
  void move(std::uint64_t id, std::uint64_t parent, std::string_view name);
  // Gives back `count` lookups.
  void forget(std::uint64_t id, std::uint64_t count);
  // The ids that were given up since the last call, with parents that nothing is found through any more.
  std::vector<std::uint64_t> take_given_up() { return std::exchange(given_up_, {}); }

  std::size_t size() const { return nodes_.size(); }

 private:
  void collect(std::uint64_t id);

  const std::size_t max_;
  std::uint64_t last_ = fs::root_node;
  std::unordered_map<std::uint64_t, NodeRecord> nodes_;
  std::unordered_map<FileKey, std::uint64_t, FileKeyHash> by_key_;
  // Under which nodes of several names were found before.
  std::unordered_map<std::uint64_t, std::pair<std::uint64_t, std::string>> former_;
  std::vector<std::uint64_t> given_up_;
};

}  // namespace dftp::server
