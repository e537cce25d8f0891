// The tree of MemoryStorage: nodes, and how a path leads to one.
#pragma once

#include <mutex>

#include "tests/support/sparse_bytes.h"

namespace dftp {

struct Node {
  Node(FileType type, std::uint32_t mode, std::uint64_t inode, std::shared_ptr<Budget> budget)
      : type(type), mode(mode), inode(inode), content(std::move(budget)) {}

  FileType type;
  std::uint32_t mode;
  std::uint64_t inode;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  SparseBytes content;
  std::string link;
  std::map<std::string, std::shared_ptr<Node>> children;
  bool held = false;  // a partial that somebody writes

  Attributes attributes() const;
};
using NodePtr = std::shared_ptr<Node>;

// A directory and one name in it; "." for the root.
struct Spot {
  NodePtr directory;
  std::string name;

  // What the name stands for; nullptr for nothing.
  NodePtr find() const;
};

// The caller holds `mutex` during every call and while it uses a node.
class MemoryTree {
 public:
  explicit MemoryTree(std::uint64_t capacity);

  // A directory from which what is beneath its path is found, and through no link.
  struct Hold {
    RemotePath path;
    NodePtr directory;  // nullptr: nothing is held
  };
  Result<NodePtr> resolve(const RemotePath& path, Links links, const Hold& hold) const;
  // The directory above exists.
  Result<Spot> spot(const RemotePath& path, const Hold& hold) const;

  NodePtr make(FileType type, std::uint32_t mode);
  // Sets the change time, later than any before; the modification time too when `content`.
  void touch(Node& node, bool content);
  const Budget& budget() const { return *budget_; }

  std::mutex mutex;

 private:
  Result<NodePtr> walk(const RemotePath& path, Links links, const Hold& hold) const;

  std::shared_ptr<Budget> budget_;
  std::uint64_t last_inode_ = 0;
  std::int64_t last_time_ns_ = 0;
  NodePtr root_;
};

}  // namespace dftp
