#include "tests/support/memory_file.h"

#include <cerrno>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

class MemoryFile final : public ReadFile {
 public:
  MemoryFile(std::shared_ptr<MemoryTree> tree, NodePtr node) : tree_(std::move(tree)), node_(std::move(node)) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    const std::lock_guard hold(tree_->mutex);
    return node_->content.read(offset, out);
  }
  Result<Attributes> attributes() override {
    const std::lock_guard hold(tree_->mutex);
    return node_->attributes();
  }
  Result<Extent> extent_at(std::uint64_t offset) override {
    const std::lock_guard hold(tree_->mutex);
    return node_->content.extent_at(offset);
  }

 private:
  std::shared_ptr<MemoryTree> tree_;
  NodePtr node_;
};

class MemoryPartial final : public PartialFile {
 public:
  MemoryPartial(std::shared_ptr<MemoryTree> tree, Spot target, std::string name, NodePtr node, std::string where)
      : tree_(std::move(tree)),
        target_(std::move(target)),
        name_(std::move(name)),
        node_(std::move(node)),
        where_(std::move(where)),
        existed_(node_->content.size() > 0) {
    node_->held = true;
  }
  ~MemoryPartial() override {
    const std::lock_guard hold(tree_->mutex);
    if (node_ && !written_ && (!existed_ || node_->content.size() == 0) && check_name())
      target_.directory->children.erase(name_);
    let_go();
  }

  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    return with_node([&](Node& node) -> Result<std::size_t> { return node.content.read(offset, out); });
  }
  Result<Attributes> attributes() override {
    return with_node([](Node& node) -> Result<Attributes> { return node.attributes(); });
  }
  Result<Extent> extent_at(std::uint64_t offset) override {
    return with_node([&](Node& node) -> Result<Extent> { return node.content.extent_at(offset); });
  }

  Result<void> write_at(std::uint64_t offset, Bytes data) override {
    written_ = true;
    return change(offset, data.size(), [&](SparseBytes& content) { return content.write(offset, data); });
  }
  Result<void> zero(std::uint64_t offset, std::uint64_t length) override {
    return change(offset, length, [&](SparseBytes& content) {
      if (length > 0) content.zero(offset, length);
      return true;
    });
  }
  Result<void> truncate(std::uint64_t size) override {
    return change(size, 0, [&](SparseBytes& content) {
      content.resize(size);
      return true;
    });
  }
  Result<void> copy_target(std::uint64_t max) override {
    const auto copy = [&](SparseBytes& content) {
      const auto& target = target_.find()->content;
      if (!content.copy(target)) return false;
      content.resize(std::min(target.size(), max));
      return true;
    };
    return change(0, 0, copy, true);
  }
  Result<void> check_room(std::uint64_t size) override {
    return with_node([&](Node& node) -> Result<void> {
      if (size > limits::file_bytes) return fail(Code::too_large, where_, "no file is as large");
      const bool fits = size <= node.content.allocated() + tree_->budget().available();
      return fits ? Result<void>() : fail_errno(ENOSPC, where_);
    });
  }

  Result<void> prepare(const Publish& how) override {
    return with_node([&](Node& node) -> Result<void> {
      set_metadata(node, how);
      return {};
    });
  }
  Result<void> flush() override {
    return with_node([](Node&) -> Result<void> { return {}; });
  }
  Result<Attributes> publish(const Publish& how) override {
    return with_node([&](Node& node) -> Result<Attributes> {
      if (auto placed = place(node, how); !placed) return std::unexpected(placed.error());
      const Attributes published = node.attributes();
      let_go();
      return published;
    });
  }
  Result<void> discard() override {
    return with_node([&](Node&) -> Result<void> {
      if (auto held = check_name(); !held) return held;
      target_.directory->children.erase(name_);
      let_go();
      return {};
    });
  }

 private:
  template <class Use>
  auto with_node(Use use) -> decltype(use(std::declval<Node&>())) {
    const std::lock_guard hold(tree_->mutex);
    if (!node_) return fail_errno(EBADF, where_);
    return use(*node_);
  }

  template <class Use>
  Result<void> change(std::uint64_t offset, std::uint64_t length, Use use, bool from_target = false) {
    return with_node([&](Node& node) -> Result<void> {
      if (offset > limits::file_bytes || length > limits::file_bytes - offset) {
        return fail(Code::too_large, where_, "no file is as large");
      }
      const NodePtr target = target_.find();
      if (from_target && (!target || target->type != FileType::file)) return fail_errno(ENOENT, where_);
      if (!use(node.content)) return fail_errno(ENOSPC, where_);
      tree_->touch(node, true);
      return {};
    });
  }

  void set_metadata(Node& node, const Publish& how) {
    node.mode = how.mode & 0777;
    tree_->touch(node, false);
    node.mtime_ns = how.mtime_ns;
  }

  Result<void> check_name() const {
    const NodePtr named = Spot{target_.directory, name_}.find();
    if (named == node_) return {};
    return fail(Code::io, where_, "its partial file was removed or replaced by someone else");
  }

  Result<void> place(Node& node, const Publish& how) {
    if (auto held = check_name(); !held) return held;
    const NodePtr taken = target_.find();
    if (taken && !how.replace) return fail_errno(EEXIST, where_);
    if (taken && taken->type == FileType::directory) return fail_errno(EISDIR, where_);
    set_metadata(node, how);
    auto& names = target_.directory->children;
    names.erase(name_);
    names[target_.name] = node_;
    tree_->touch(*target_.directory, true);
    return {};
  }

  void let_go() {
    if (node_) node_->held = false;
    node_ = nullptr;
  }

  std::shared_ptr<MemoryTree> tree_;
  Spot target_;
  std::string name_;
  NodePtr node_;  // nullptr: spent
  std::string where_;
  const bool existed_;
  bool written_ = false;
};

}  // namespace

std::unique_ptr<ReadFile> make_memory_file(std::shared_ptr<MemoryTree> tree, NodePtr node) {
  return std::make_unique<MemoryFile>(std::move(tree), std::move(node));
}

std::unique_ptr<PartialFile> make_memory_partial(std::shared_ptr<MemoryTree> tree, Spot target, std::string name,
                                                 NodePtr node, std::string where) {
  return std::make_unique<MemoryPartial>(std::move(tree), std::move(target), std::move(name), std::move(node),
                                         std::move(where));
}

}  // namespace dftp
