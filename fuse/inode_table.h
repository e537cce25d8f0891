// The nodes that the kernel or a cache holds: how many times the server has handed each out, which is what it must be
// given back, and under which name it stands, so that it can be found again when the server has lost the mount. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "fuse/name_cache.h"

namespace dftp::mount {

inline constexpr Node root_node = 1;

class InodeTable {
 public:
  InodeTable();

  // The server handed it out under this name. Somebody holds it from now on: release() it. Whether nobody did before.
  bool found(Node node, Node parent, std::string_view name, bool is_directory);
  // Held once more, and once less, by `count` users.
  void hold(Node node);
  void release(Node node, std::uint64_t count = 1);
  // It stands under another name now.
  void moved(Node node, Node parent, std::string_view name);

  // The names from the root to the node; nullopt where one is not known any more.
  std::optional<std::vector<std::string>> path(Node node) const;
  // Its parent and name; nullopt for the root and what is not known.
  struct Place {
    Node parent;
    std::string name;
  };
  std::optional<Place> place(Node node) const;
  // Those that are no directories: how many, and some of them, if they are not far; each comes once before one comes
  // again, as long as few are added.
  std::size_t files() const { return nodes_.size() - directories_; }
  std::vector<Node> next_files(std::size_t max);

  // Looks at all nodes there are.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [node, entry] : nodes_) visit(node);
  }
  template <class Visit>
  void for_each_child(Node parent, Visit visit) const {
    for (const auto& [node, entry] : nodes_) {
      if (entry.parent == parent) visit(node);
    }
  }

  // Nodes that nobody holds any more, with how often the server has handed them out. At most `max`.
  struct Forgotten {
    Node node;
    std::uint64_t count;
  };
  std::vector<Forgotten> take_forgotten(std::size_t max);
  bool has_forgotten() const { return !forgotten_.empty(); }
  std::size_t size() const { return nodes_.size(); }

 private:
  struct Entry {
    Node parent;
    std::string name;
    std::uint64_t holders, handed_out : 63, is_directory : 1;
  };
  std::unordered_map<Node, Entry> nodes_;
  std::size_t directories_ = 1;
  std::size_t hand_ = 0;  // the bucket that next_files() comes to next
  std::vector<Forgotten> forgotten_;
};

}  // namespace dftp::mount
