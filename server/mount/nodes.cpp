#include "server/mount/nodes.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

// A few walks at a time, each of some names.
constexpr std::size_t max_walked = 64;

std::unexpected<Error> stale(std::uint64_t node) {
  return fail_errno(ESTALE, "node " + std::to_string(node));
}

bool changed_content(const Node& node, const fs::Attr& now) {
  return node.mtime != now.mtime || node.size != now.size;
}

void remember(Node& node, const fs::Attr& now) {
  node.ctime = now.ctime;
  node.mtime = now.mtime;
  node.size = now.size;
}

}  // namespace

Nodes::Nodes(Held root, const Looked& looked)
    : root_(std::move(root)), table_(looked, limits::mount_nodes), kept_(limits::mount_kept_descriptors) {}

Result<Held> Nodes::open(std::uint64_t node) {
  std::vector<Step> steps;
  auto held = way_to(node, steps);
  for (auto step = steps.rbegin(); held && step != steps.rend(); ++step) {
    Descriptor opened(::openat((*held)->number(), step->name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return errno == ENOENT || errno == ENOTDIR ? stale(node) : fail_errno(errno, step->name);
    const auto looked = look(opened.number());
    if (!looked) return std::unexpected(looked.error());
    if (!(looked->key == step->key && looked->birth == step->birth)) return stale(node);
    held = std::make_shared<const Descriptor>(std::move(opened));
    Held gone;
    const std::lock_guard lock(mutex_);
    if (table_.find(step->node)) gone = kept_.keep(step->node, *held);
  }
  return held;
}

Result<Held> Nodes::way_to(std::uint64_t node, std::vector<Step>& steps) {
  const std::lock_guard lock(mutex_);
  // Trees may be deeper than any path is long. What is known of directories that were moved meanwhile may be a ring.
  std::uint64_t passed = 0;
  for (std::uint64_t at = node; at != passed;) {
    if (std::has_single_bit(steps.size())) passed = at;
    if (at == fs::root_node) return root_;
    const auto walked = std::ranges::find(walked_, at, [](const auto& one) { return one.first; });
    if (walked != walked_.end()) return walked->second;
    if (const auto removed = removed_.find(at); removed != removed_.end()) return removed->second;
    if (Held held = kept_.find(at)) return held;
    if (const auto used = used_.find(at); used != used_.end()) return used->second.held;
    const Node* known = table_.find(at);
    if (!known) break;
    steps.push_back({at, known->name, known->key, known->birth});
    at = known->parent;
  }
  return stale(node);
}

Result<Held> Nodes::open_named(std::uint64_t node) {
  std::string path;
  FileKey key;
  std::int64_t birth = 0;
  {
    const std::lock_guard lock(mutex_);
    for (std::uint64_t at = node; at != fs::root_node && path.size() < PATH_MAX;) {
      const Node* known = table_.find(at);
      if (!known) return stale(node);
      if (at == node) key = known->key, birth = known->birth;
      path = path.empty() ? known->name : known->name + '/' + path;
      at = known->parent;
    }
  }
  // One that is longer has been found step by step.
  if (!path.empty() && path.size() < PATH_MAX) {
    const auto root = open(fs::root_node);
    if (!root) return root;
    const auto looked = look((*root)->number(), path);
    if (!looked || !(looked->key == key && looked->birth == birth)) return stale(node);
  }
  return open(node);
}

Result<std::uint64_t> Nodes::add(const Looked& looked, std::uint64_t parent, const std::string& name) {
  Gone gone;
  const std::lock_guard lock(mutex_);
  const std::uint64_t node = table_.add(looked, parent, name);
  if (node == 0) return fail_errno(ENFILE, name);
  // A removed file that had another name is found there now.
  if (const auto removed = removed_.find(node); removed != removed_.end()) {
    gone.push_back(kept_.keep(node, std::move(removed->second)));
    removed_.erase(removed);
  }
  let_go(gone);
  return node;
}

void Nodes::hold(std::uint64_t node, Held held) {
  Held gone;
  const std::lock_guard lock(mutex_);
  walked_.emplace_front(node, std::move(held));
  if (walked_.size() <= max_walked) return;
  gone = std::move(walked_.back().second);
  walked_.pop_back();
}

void Nodes::forget(std::uint64_t node, std::uint64_t count) {
  Gone gone;
  const std::lock_guard lock(mutex_);
  table_.forget(node, count);
  let_go(gone);
}

// Of what the table has given up.
void Nodes::let_go(Gone& gone) {
  for (const std::uint64_t id : table_.take_given_up()) {
    gone.push_back(kept_.drop(id));
    std::erase_if(walked_, [&](auto& walked) {
      if (walked.first != id) return false;
      gone.push_back(std::move(walked.second));
      return true;
    });
    if (auto removed = removed_.extract(id)) gone.push_back(std::move(removed.mapped()));
  }
}

std::uint64_t Nodes::known(const FileKey& key) const {
  const std::lock_guard lock(mutex_);
  return table_.known(key);
}

std::optional<FileKey> Nodes::key_of(std::uint64_t node) {
  const std::lock_guard lock(mutex_);
  const Node* known = table_.find(node);
  return known ? std::optional(known->key) : std::nullopt;
}

std::uint64_t Nodes::parent_of(std::uint64_t node) {
  if (node == fs::root_node) return node;
  const std::lock_guard lock(mutex_);
  const Node* known = table_.find(node);
  return known ? known->parent : 0;
}

Result<RemotePath> Nodes::path_of(std::uint64_t node) {
  const std::lock_guard lock(mutex_);
  std::string path;
  std::size_t depth = 0;
  for (std::uint64_t at = node; at != fs::root_node;) {
    const Node* known = table_.find(at);
    if (!known || ++depth > limits::path_depth) return stale(node);
    path = "/" + known->name + path;
    at = known->parent;
  }
  return RemotePath::parse(path);
}

void Nodes::moved(std::uint64_t node, std::uint64_t parent, const std::string& name) {
  Gone gone;
  const std::lock_guard lock(mutex_);
  table_.move(node, parent, name);
  let_go(gone);
}

void Nodes::keep(std::uint64_t node, Held held) {
  const std::lock_guard lock(mutex_);
  if (!table_.find(node) || removed_.size() >= limits::mount_removed_nodes) return;
  std::swap(removed_[node], held);
}

bool Nodes::is_removed(std::uint64_t node) const {
  const std::lock_guard lock(mutex_);
  return removed_.contains(node);
}

void Nodes::begin_use(std::uint64_t node, Held held) {
  const std::lock_guard lock(mutex_);
  Use& use = used_[node];
  std::swap(use.held, held);
  ++use.handles;
}

void Nodes::end_use(std::uint64_t node) {
  Held gone;
  const std::lock_guard lock(mutex_);
  const auto found = used_.find(node);
  if (found == used_.end() || --found->second.handles > 0) return;
  gone = std::move(found->second.held);
  used_.erase(found);
}

bool Nodes::begin_change(std::uint64_t node, const fs::Attr& now) {
  const std::lock_guard lock(mutex_);
  Node* known = table_.find(node);
  if (!known) return false;
  return known->changing++ == 0 && known->ctime != now.ctime;
}

void Nodes::end_change(std::uint64_t node, const fs::Attr* now) {
  const std::lock_guard lock(mutex_);
  Node* known = table_.find(node);
  if (!known || known->changing == 0) return;
  --known->changing;
  if (now) remember(*known, *now);
}

Nodes::Seen Nodes::look_for_change(std::uint64_t node, const fs::Attr& now) {
  const std::lock_guard lock(mutex_);
  Node* known = table_.find(node);
  if (!known) return Seen::unknown;
  if (known->changing > 0) return Seen::changing;
  if (known->ctime == now.ctime) return Seen::same;
  const Seen seen = changed_content(*known, now) ? Seen::content : Seen::attributes;
  remember(*known, now);
  return seen;
}

}  // namespace dftp
