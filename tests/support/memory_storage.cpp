#include "tests/support/memory_storage.h"

#include <algorithm>
#include <cerrno>

#include "proto/storage/rules.h"
#include "proto/wire/encoding.h"
#include "tests/support/memory_file.h"

namespace dftp {
namespace {

Result<Attributes> attributes_of(const NodePtr& node, const std::string& where) {
  if (!node) return fail_errno(ENOENT, where);
  return node->attributes();
}

Result<std::unique_ptr<ReadFile>> open_node(const std::shared_ptr<MemoryTree>& tree, const NodePtr& node,
                                            const std::string& where) {
  if (node->type == FileType::directory) return fail(Code::is_directory, where, "a directory, not a file");
  if (node->type != FileType::file) return fail(Code::unsupported, where, "not a regular file");
  return make_memory_file(tree, node);
}

bool has_visible(const Node& directory) {
  return !std::ranges::all_of(directory.children, [](const auto& child) { return is_reserved(child.first); });
}

class MemoryListing final : public Listing {
 public:
  MemoryListing(std::shared_ptr<MemoryTree> tree, NodePtr directory)
      : tree_(std::move(tree)), directory_(std::move(directory)) {
    for (const auto& [name, node] : directory_->children) {
      if (!is_reserved(name)) {
        entries_.push_back({name, node->type});
      } else {
        ++partials_.count;
        partials_.allocated += node->content.allocated();
      }
    }
  }

  Result<std::optional<DirectoryEntry>> next() override {
    if (next_ == entries_.size()) return std::nullopt;
    return entries_[next_++];
  }
  Partials partials() const override { return partials_; }
  Result<Attributes> attributes(const std::string& name) override {
    auto path = RemotePath().child(name);
    if (!path) return std::unexpected(path.error());
    if (auto valid = check_names(*path); !valid) return std::unexpected(valid.error());
    const std::lock_guard hold(tree_->mutex);
    return attributes_of(Spot{directory_, name}.find(), path->absolute());
  }
  Result<OpenFile> open(const std::string& name) override {
    auto known = attributes(name);
    if (!known) return std::unexpected(known.error());
    const std::lock_guard hold(tree_->mutex);
    auto file = open_node(tree_, Spot{directory_, name}.find(), name);
    if (!file) return std::unexpected(file.error());
    return OpenFile{std::move(*file), *known};
  }

 private:
  std::shared_ptr<MemoryTree> tree_;
  NodePtr directory_;
  std::vector<DirectoryEntry> entries_;
  Partials partials_;
  std::size_t next_ = 0;
};

class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(std::uint64_t capacity) : tree_(std::make_shared<MemoryTree>(capacity)) {}
  MemoryStorage(std::shared_ptr<MemoryTree> tree, MemoryTree::Hold hold)
      : tree_(std::move(tree)), hold_(std::move(hold)) {}

  Result<std::shared_ptr<Storage>> hold(const RemotePath& directory, Links links) override {
    const std::lock_guard hold(tree_->mutex);
    auto node = tree_->resolve(directory, links, hold_);
    if (!node) return std::unexpected(node.error());
    if ((*node)->type != FileType::directory) return fail_errno(ENOTDIR, directory.absolute());
    return std::make_shared<MemoryStorage>(tree_, MemoryTree::Hold{directory, *node});
  }
  Result<Attributes> stat(const RemotePath& path, Links links) override {
    const std::lock_guard hold(tree_->mutex);
    auto node = tree_->resolve(path, links, hold_);
    if (!node) return std::unexpected(node.error());
    return (*node)->attributes();
  }
  Result<std::unique_ptr<Listing>> list(const RemotePath& path) override;
  Result<std::unique_ptr<ReadFile>> open(const RemotePath& path, Links links) override;
  Result<std::string> read_link(const RemotePath& path) override;
  Result<Space> space(const RemotePath& path) override;
  Result<OpenedPartial> open_partial(const RemotePath& target, std::string_view owner) override;
  Result<void> sync_directory(const RemotePath& path) override {
    return directory(path, [](Node&) {});
  }
  Result<std::size_t> collect_partials(const RemotePath& path, std::chrono::seconds older_than) override;
  Result<std::size_t> count_partials(const RemotePath& path) override;

  Result<void> make_directory(const RemotePath& path, std::uint32_t mode) override;
  Result<void> remove_directory(const RemotePath& path) override;
  Result<void> remove(const RemotePath& path) override;
  Result<void> rename(const RemotePath& from, const RemotePath& to, bool replace) override;
  Result<void> make_symlink(std::string_view target, const RemotePath& path, bool replace) override;
  Result<void> set_mode(const RemotePath& path, std::uint32_t mode) override;
  Result<void> set_mtime(const RemotePath& path, std::int64_t mtime_ns) override;

 private:
  // Finds what a path names, itself and not what a link leads to, and hands it to `use` with the lock held.
  template <class Use>
  auto at(const RemotePath& path, Use use) -> decltype(use(std::declval<Spot&>(), std::declval<NodePtr&>())) {
    const std::lock_guard hold(tree_->mutex);
    auto spot = tree_->spot(path, hold_);
    if (!spot) return std::unexpected(spot.error());
    NodePtr node = spot->find();
    return use(*spot, node);
  }
  template <class Use>
  Result<void> directory(const RemotePath& path, Use use) {
    const std::lock_guard hold(tree_->mutex);
    auto node = tree_->resolve(path, Links::follow, hold_);
    if (!node) return std::unexpected(node.error());
    if ((*node)->type != FileType::directory) return fail_errno(ENOTDIR, path.absolute());
    use(**node);
    return {};
  }
  void put(const Spot& spot, NodePtr node) {
    spot.directory->children[spot.name] = std::move(node);
    tree_->touch(*spot.directory, true);
  }
  void erase(const Spot& spot) {
    spot.directory->children.erase(spot.name);
    tree_->touch(*spot.directory, true);
  }

  std::shared_ptr<MemoryTree> tree_;
  const MemoryTree::Hold hold_{};
};

Result<std::unique_ptr<Listing>> MemoryStorage::list(const RemotePath& path) {
  const std::lock_guard hold(tree_->mutex);
  auto node = tree_->resolve(path, Links::follow, hold_);
  if (!node) return std::unexpected(node.error());
  if ((*node)->type != FileType::directory) return fail_errno(ENOTDIR, path.absolute());
  return std::make_unique<MemoryListing>(tree_, *node);
}

Result<std::unique_ptr<ReadFile>> MemoryStorage::open(const RemotePath& path, Links links) {
  const std::lock_guard hold(tree_->mutex);
  auto node = tree_->resolve(path, links, hold_);
  if (!node) return std::unexpected(node.error());
  return open_node(tree_, *node, path.absolute());
}

Result<std::string> MemoryStorage::read_link(const RemotePath& path) {
  return at(path, [&](Spot&, NodePtr& node) -> Result<std::string> {
    if (!node) return fail_errno(ENOENT, path.absolute());
    if (node->type != FileType::symlink) return fail(Code::unsupported, path.absolute(), "not a symbolic link");
    return node->link;
  });
}

Result<Space> MemoryStorage::space(const RemotePath& path) {
  if (auto there = stat(path, Links::follow); !there) return std::unexpected(there.error());
  const std::uint64_t available = tree_->budget().available();
  return Space{tree_->budget().capacity, available, available, 0, 0};
}

Result<Storage::OpenedPartial> MemoryStorage::open_partial(const RemotePath& target, std::string_view owner) {
  return at(target, [&](Spot& spot, NodePtr& there) -> Result<OpenedPartial> {
    if (there && there->type == FileType::directory) return fail_errno(EISDIR, target.absolute());
    const std::string name = std::string(partial_prefix) + to_hex(owner) + "-" + spot.name;
    NodePtr& partial = spot.directory->children[name];
    if (!partial) partial = tree_->make(FileType::file, 0600);
    if (partial->held) return fail(Code::busy, target.absolute(), "another upload of this file is running");
    partial->mode = 0600;
    const bool existed = partial->content.size() > 0;
    return OpenedPartial{make_memory_partial(tree_, spot, name, partial, target.absolute()), existed};
  });
}

Result<std::size_t> MemoryStorage::collect_partials(const RemotePath& path, std::chrono::seconds older_than) {
  std::size_t removed = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto collected = directory(path, [&](Node& directory) {
    removed = std::erase_if(directory.children, [&](const auto& child) {
      const auto changed = std::chrono::nanoseconds(child.second->ctime_ns);
      const auto age = std::chrono::floor<std::chrono::seconds>(now - changed);
      return is_reserved(child.first) && !child.second->held && age >= older_than;
    });
  });
  if (!collected) return std::unexpected(collected.error());
  return removed;
}

Result<std::size_t> MemoryStorage::count_partials(const RemotePath& path) {
  std::ptrdiff_t count = 0;
  auto counted = directory(path, [&](Node& directory) {
    count = std::ranges::count_if(directory.children, [](const auto& child) { return is_reserved(child.first); });
  });
  if (!counted) return std::unexpected(counted.error());
  return static_cast<std::size_t>(count);
}

Result<void> MemoryStorage::make_directory(const RemotePath& path, std::uint32_t mode) {
  return at(path, [&](Spot& spot, NodePtr& node) -> Result<void> {
    if (node) return fail_errno(EEXIST, path.absolute());
    put(spot, tree_->make(FileType::directory, mode & 0777));
    return {};
  });
}

Result<void> MemoryStorage::remove_directory(const RemotePath& path) {
  if (path.is_root()) return fail(Code::denied, "/", "the root of the share stays where it is");
  return at(path, [&](Spot& spot, NodePtr& node) -> Result<void> {
    if (!node) return fail_errno(ENOENT, path.absolute());
    if (node->type != FileType::directory) return fail_errno(ENOTDIR, path.absolute());
    const auto held = [](const auto& child) { return child.second->held; };
    if (has_visible(*node) || std::ranges::any_of(node->children, held)) return fail_errno(ENOTEMPTY, path.absolute());
    erase(spot);
    return {};
  });
}

Result<void> MemoryStorage::remove(const RemotePath& path) {
  return at(path, [&](Spot& spot, NodePtr& node) -> Result<void> {
    if (!node) return fail_errno(ENOENT, path.absolute());
    if (node->type == FileType::directory) return fail_errno(EISDIR, path.absolute());
    erase(spot);
    return {};
  });
}

Result<void> MemoryStorage::rename(const RemotePath& from, const RemotePath& to, bool replace) {
  if (auto allowed = check_rename(from, to); !allowed) return allowed;
  const std::lock_guard hold(tree_->mutex);
  auto source = tree_->spot(from, hold_);
  if (!source) return std::unexpected(source.error());
  auto target = tree_->spot(to, hold_);
  if (!target) return std::unexpected(target.error());
  const NodePtr moved = source->find(), taken = target->find();
  if (!moved) return fail_errno(ENOENT, from.absolute());
  if (taken && !replace) return fail_errno(EEXIST, to.absolute());
  if (taken == moved) return {};
  const bool onto_directory = taken && taken->type == FileType::directory;
  if (onto_directory && moved->type != FileType::directory) return fail_errno(EISDIR, to.absolute());
  if (taken && !onto_directory && moved->type == FileType::directory) return fail_errno(ENOTDIR, to.absolute());
  if (onto_directory && !taken->children.empty()) return fail_errno(ENOTEMPTY, to.absolute());
  erase(*source);
  put(*target, moved);
  return {};
}

Result<void> MemoryStorage::make_symlink(std::string_view target, const RemotePath& path, bool replace) {
  if (auto valid = check_link(target, path); !valid) return valid;
  return at(path, [&](Spot& spot, NodePtr& node) -> Result<void> {
    if (node && !replace) return fail_errno(EEXIST, path.absolute());
    if (node && node->type == FileType::directory) return fail_errno(EISDIR, path.absolute());
    const NodePtr link = tree_->make(FileType::symlink, 0777);
    link->link = target;
    put(spot, link);
    return {};
  });
}

Result<void> MemoryStorage::set_mode(const RemotePath& path, std::uint32_t mode) {
  return at(path, [&](Spot&, NodePtr& node) -> Result<void> {
    if (!node) return fail_errno(ENOENT, path.absolute());
    if (node->type == FileType::symlink) return fail_errno(EOPNOTSUPP, path.absolute());
    node->mode = (mode & 0777) | (node->type == FileType::directory ? node->mode & 07000 : 0);
    tree_->touch(*node, false);
    return {};
  });
}

Result<void> MemoryStorage::set_mtime(const RemotePath& path, std::int64_t mtime_ns) {
  return at(path, [&](Spot&, NodePtr& node) -> Result<void> {
    if (!node) return fail_errno(ENOENT, path.absolute());
    tree_->touch(*node, false);
    node->mtime_ns = mtime_ns;
    return {};
  });
}

}  // namespace

std::unique_ptr<Storage> make_memory_storage(std::uint64_t capacity) {
  return std::make_unique<MemoryStorage>(capacity);
}

}  // namespace dftp
