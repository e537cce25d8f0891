#include "tests/support/memory_tree.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <ranges>

#include "proto/storage/rules.h"

namespace dftp {
namespace {

constexpr int max_links = 40;  // as Linux

// One walk from the root: names still to go, and the directories passed so far.
class Walk {
 public:
  // From `first`, of which path's name number `skipped` is the first one.
  Walk(NodePtr first, const RemotePath& path, std::size_t skipped, bool links)
      : path_(path),
        names_(path.names().begin() + static_cast<std::ptrdiff_t>(skipped), path.names().end()),
        may_follow_(links) {
    passed_.push_back(std::move(first));
  }

  Result<NodePtr> run(Links last) {
    while (!names_.empty()) {
      const std::string name = std::move(names_.front());
      names_.pop_front();
      if (auto stepped = step(name, last); !stepped) return std::unexpected(stepped.error());
    }
    return passed_.back();
  }

 private:
  Result<void> step(const std::string& name, Links last) {
    if (passed_.back()->type != FileType::directory) return fail_errno(ENOTDIR, path_.absolute());
    if (name.empty() || name == ".") return {};
    if (name == "..") {
      passed_.pop_back();
      return passed_.empty() ? leaves() : Result<void>();
    }
    const auto found = passed_.back()->children.find(name);
    if (found == passed_.back()->children.end()) return fail_errno(ENOENT, path_.absolute());
    if (found->second->type == FileType::symlink && (!names_.empty() || last == Links::follow)) {
      return follow(found->second->link);
    }
    passed_.push_back(found->second);
    return {};
  }

  Result<void> follow(const std::string& text) {
    if (!may_follow_) return fail(Code::outside_root, path_.absolute(), "a symbolic link is in the way");
    if (++links_ > max_links) {
      Error error = from_errno(ELOOP, path_.absolute());
      error.code = Code::not_found;
      return std::unexpected(error);
    }
    if (text.starts_with('/')) return leaves();
    auto names = std::views::split(text, '/') |
                 std::views::transform([](auto part) { return std::string(part.begin(), part.end()); });
    const std::vector<std::string> ahead(names.begin(), names.end());
    names_.insert(names_.begin(), ahead.begin(), ahead.end());
    return {};
  }

  Result<void> leaves() const { return fail(Code::outside_root, path_.absolute(), "the path leaves the shared root"); }

  const RemotePath& path_;
  std::deque<std::string> names_;
  std::vector<NodePtr> passed_;
  const bool may_follow_;
  int links_ = 0;
};

}  // namespace

Attributes Node::attributes() const {
  return {.type = type,
          .size = type == FileType::symlink ? link.size() : content.size(),
          .mtime_ns = mtime_ns,
          .ctime_ns = ctime_ns,
          .inode = inode,
          .mode = mode,
          .allocated = content.allocated()};
}

NodePtr Spot::find() const {
  if (name == ".") return directory;
  const auto found = directory->children.find(name);
  return found == directory->children.end() ? nullptr : found->second;
}

MemoryTree::MemoryTree(std::uint64_t capacity) : budget_(std::make_shared<Budget>()) {
  budget_->capacity = capacity;
  root_ = make(FileType::directory, 0755);
}

Result<NodePtr> MemoryTree::walk(const RemotePath& path, Links links, const Hold& hold) const {
  if (!hold.directory || !path.is_within(hold.path)) return Walk(root_, path, 0, true).run(links);
  return Walk(hold.directory, path, hold.path.names().size(), false).run(links);
}

Result<NodePtr> MemoryTree::resolve(const RemotePath& path, Links links, const Hold& hold) const {
  if (auto valid = check_names(path); !valid) return std::unexpected(valid.error());
  return walk(path, links, hold);
}

Result<Spot> MemoryTree::spot(const RemotePath& path, const Hold& hold) const {
  if (auto valid = check_names(path); !valid) return std::unexpected(valid.error());
  if (path.is_root()) return Spot{root_, "."};
  if (hold.directory && path == hold.path) return Spot{hold.directory, "."};
  auto directory = walk(path.parent(), Links::follow, hold);
  if (!directory) {
    directory.error().where = path.absolute();
    return std::unexpected(directory.error());
  }
  if ((*directory)->type != FileType::directory) return fail_errno(ENOTDIR, path.absolute());
  return Spot{*directory, std::string(path.name())};
}

NodePtr MemoryTree::make(FileType type, std::uint32_t mode) {
  auto node = std::make_shared<Node>(type, mode, ++last_inode_, budget_);
  touch(*node, true);
  return node;
}

void MemoryTree::touch(Node& node, bool content) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  last_time_ns_ = std::max(last_time_ns_ + 1, std::int64_t{std::chrono::nanoseconds(now).count()});
  node.ctime_ns = last_time_ns_;
  if (content) node.mtime_ns = last_time_ns_;
}

}  // namespace dftp
