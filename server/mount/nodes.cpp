#include "server/mount/nodes.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>
#include <filesystem>

#include "proto/storage/proc_path.h"
#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// How long what was found by its names counts as being there: so long a mount goes on in what was
// moved out of its root, and keeps busy what somebody wants to unmount.
constexpr auto kept_for = 1s;
// A few walks at a time, each of some names.
constexpr std::size_t max_walked = 64;

std::unexpected<Error> stale(std::uint64_t node) {
  return fail_errno(ESTALE, "node " + std::to_string(node));
}

bool changed_content(const NodeRecord& node, const fs::Attr& now) {
  return node.mtime != now.mtime || node.size != now.size;
}

void remember(NodeRecord& node, const fs::Attr& now) {
  node.ctime = now.ctime;
  node.mtime = now.mtime;
  node.size = now.size;
}

}  // namespace

Nodes::Nodes(OpenRoot open_root, const FileStatus& looked, std::function<void()> kept, Clock::time_point (*now)())
    : open_root_(std::move(open_root)),
      kept_some_(std::move(kept)),
      now_(now),
      table_(looked, limits::mount_nodes),
      kept_(max_kept_descriptors()) {}

Result<SharedDescriptor> Nodes::open(std::uint64_t node) {
  auto found = walk(node);
  if (found || found.error().errno_name != "ESTALE") return found;
  const SharedDescriptor open_file = in_use(node);
  if (open_file && is_usable(*open_file)) return open_file;
  return found;
}

Result<SharedDescriptor> Nodes::open_to_stat(std::uint64_t node) {
  if (SharedDescriptor open_file = in_use(node)) return open_file;
  return walk(node);
}

Result<SharedDescriptor> Nodes::walk(std::uint64_t node) {
  std::vector<Step> steps;
  auto at = way_to(node, steps);
  if (at && !at->held) at = open_root();
  if (!at) return std::unexpected(at.error());
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    Descriptor opened(::openat(at->held->number(), step->name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return errno == ENOENT || errno == ENOTDIR ? stale(node) : fail_errno(errno, step->name);
    const auto looked = stat_at(opened.number());
    if (!looked) return std::unexpected(looked.error());
    if (!(looked->key == step->key && looked->birth == step->birth)) return stale(node);
    at->held = std::make_shared<const Descriptor>(std::move(opened));
    // No longer than what it was found through: so all of it is looked for from the root, again and
    // again.
    if (looked->is_directory()) keep(step->node, *at);
  }
  return at->held;
}

Result<KeptDescriptors::Kept> Nodes::way_to(std::uint64_t node, std::vector<Step>& steps) {
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  // Trees may be deeper than any path is long. What is known of directories that were moved meanwhile may be a ring.
  std::uint64_t passed = 0;
  for (std::uint64_t at = node; at != passed;) {
    if (std::has_single_bit(steps.size())) passed = at;
    if (auto kept = kept_.find(at, now); kept.held || at == fs::root_node) return kept;
    const auto walked = std::ranges::find(walked_, at, &Walked::node);
    if (walked != walked_.end() && walked->kept.until > now) return walked->kept;
    const NodeRecord* known = table_.find(at);
    if (!known) break;
    steps.push_back({at, known->name, known->key, known->birth});
    at = known->parent;
  }
  return stale(node);
}

Result<SharedDescriptor> Nodes::open_named(std::uint64_t node) {
  std::string path;
  FileKey key;
  std::int64_t birth = 0;
  {
    const std::lock_guard lock(mutex_);
    for (std::uint64_t at = node; at != fs::root_node && path.size() < PATH_MAX;) {
      const NodeRecord* known = table_.find(at);
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
    const auto looked = stat_at((*root)->number(), path);
    if (!looked || !(looked->key == key && looked->birth == birth)) return stale(node);
  }
  return open(node);
}

Result<SharedDescriptor> Nodes::open_instead(std::uint64_t node) {
  std::uint64_t parent = 0;
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    const NodeRecord* known = table_.find(node);
    if (!known || node == fs::root_node) return stale(node);
    parent = known->parent, name = known->name;
  }
  const auto directory = open(parent);
  if (!directory) return directory;
  Descriptor opened(::openat((*directory)->number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return fail_errno(errno, name);
  return std::make_shared<const Descriptor>(std::move(opened));
}

Result<KeptDescriptors::Kept> Nodes::open_root() {
  const auto until = now_() + kept_for;
  auto opened = open_root_();
  if (!opened) return stale(fs::root_node);
  const auto looked = stat_at(opened->number());
  if (!looked) return std::unexpected(looked.error());
  {
    const std::lock_guard lock(mutex_);
    const NodeRecord* root = table_.find(fs::root_node);
    if (!root || !(root->key == looked->key && root->birth == looked->birth)) return stale(fs::root_node);
  }
  const KeptDescriptors::Kept kept{std::make_shared<const Descriptor>(std::move(*opened)), until};
  keep(fs::root_node, kept);
  return kept;
}

void Nodes::keep(std::uint64_t node, const KeptDescriptors::Kept& kept) {
  bool first = false;
  {
    SharedDescriptor gone;
    const std::lock_guard lock(mutex_);
    if (!table_.find(node)) return;
    first = kept_.size() == 0;
    gone = kept_.keep(node, kept);
  }
  if (first) kept_some_();
}

SharedDescriptor Nodes::in_use(std::uint64_t node) const {
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(node);
  return used == used_.end() ? nullptr : used->second.held;
}

// A file without a name is nowhere else; of another one the kernel knows where it is now.
bool Nodes::is_usable(const Descriptor& open_file) {
  const auto looked = stat_at(open_file.number());
  if (!looked) return false;
  if (looked->attr.links == 0) return true;
  const auto root = walk(fs::root_node);
  if (!root) return false;
  std::error_code error, root_error;
  const auto path = std::filesystem::read_symlink(proc_path(open_file.number()), error);
  const auto top = std::filesystem::read_symlink(proc_path((*root)->number()), root_error);
  if (error || root_error) return false;
  const std::string beneath = top == "/" ? "/" : top.string() + '/';
  return path.string().starts_with(beneath);
}

bool Nodes::drop_old() {
  std::vector<SharedDescriptor> gone;
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  gone = kept_.drop_old(now);
  while (!walked_.empty() && walked_.back().kept.until <= now) {
    gone.push_back(std::move(walked_.back().kept.held));
    walked_.pop_back();
  }
  return kept_.size() > 0 || !walked_.empty() || !used_.empty();
}

void Nodes::let_go(std::uint64_t node) {
  SharedDescriptor gone;
  const std::lock_guard lock(mutex_);
  gone = kept_.drop(node);
}

Result<std::uint64_t> Nodes::add(const FileStatus& looked, std::uint64_t parent, const std::string& name) {
  Gone gone;
  const std::lock_guard lock(mutex_);
  const std::size_t before = table_.size();
  std::uint64_t node = table_.add(looked, parent, name);
  if (table_.size() > before && !pay()) {
    table_.forget(node, 1);
    node = 0;
  }
  removed_.erase(node);  // it has another name
  forget_given_up(gone);
  if (node == 0) return fail_errno(ENFILE, name);
  return node;
}

void Nodes::hold(std::uint64_t node, SharedDescriptor held) {
  {
    SharedDescriptor gone;
    const std::lock_guard lock(mutex_);
    walked_.push_front({node, {std::move(held), now_() + kept_for}});
    if (walked_.size() > max_walked) {
      gone = std::move(walked_.back().kept.held);
      walked_.pop_back();
    }
  }
  kept_some_();
}

void Nodes::forget(std::uint64_t node, std::uint64_t count) {
  Gone gone;
  const std::lock_guard lock(mutex_);
  table_.forget(node, count);
  forget_given_up(gone);
}

// False: it has more than it may have.
bool Nodes::pay() {
  paid_.set(table_.size());
  return !paid_.over();
}

// Of what the table has given up.
void Nodes::forget_given_up(Gone& gone) {
  for (const std::uint64_t id : table_.take_given_up()) {
    gone.push_back(kept_.drop(id));
    removed_.erase(id);
  }
  pay();
}

std::uint64_t Nodes::known(const FileKey& key) const {
  const std::lock_guard lock(mutex_);
  return table_.known(key);
}

std::optional<FileKey> Nodes::key_of(std::uint64_t node) {
  const std::lock_guard lock(mutex_);
  const NodeRecord* known = table_.find(node);
  return known ? std::optional(known->key) : std::nullopt;
}

std::uint64_t Nodes::parent_of(std::uint64_t node) {
  if (node == fs::root_node) return node;
  const std::lock_guard lock(mutex_);
  const NodeRecord* known = table_.find(node);
  return known ? known->parent : 0;
}

Result<RemotePath> Nodes::path_of(std::uint64_t node) {
  const std::lock_guard lock(mutex_);
  std::string path;
  std::size_t depth = 0;
  for (std::uint64_t at = node; at != fs::root_node;) {
    const NodeRecord* known = table_.find(at);
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
  forget_given_up(gone);
}

void Nodes::lost_name(std::uint64_t node, std::uint64_t parent, const std::string& name) {
  Gone gone;
  const std::lock_guard lock(mutex_);
  table_.lost_name(node, parent, name);
  forget_given_up(gone);
}

void Nodes::removed(std::uint64_t node, const fs::Attr& last) {
  SharedDescriptor gone;
  const std::lock_guard lock(mutex_);
  gone = kept_.drop(node);
  if (table_.find(node) && removed_.size() < limits::mount_removed_nodes) removed_[node] = last;
}

std::optional<fs::Attr> Nodes::last_of_removed(std::uint64_t node) const {
  const std::lock_guard lock(mutex_);
  const auto found = removed_.find(node);
  return found == removed_.end() ? std::nullopt : std::optional(found->second);
}

void Nodes::begin_use(std::uint64_t node, SharedDescriptor held) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = used_.empty();
    Use& use = used_[node];
    std::swap(use.held, held);
    ++use.handles;
  }
  if (first) kept_some_();
}

void Nodes::end_use(std::uint64_t node) {
  SharedDescriptor gone;
  const std::lock_guard lock(mutex_);
  const auto found = used_.find(node);
  if (found == used_.end() || --found->second.handles > 0) return;
  gone = std::move(found->second.held);
  used_.erase(found);
}

bool Nodes::begin_change(std::uint64_t node, const fs::Attr& now) {
  const std::lock_guard lock(mutex_);
  NodeRecord* known = table_.find(node);
  if (!known) return false;
  return known->changing++ == 0 && known->ctime != now.ctime;
}

void Nodes::end_change(std::uint64_t node, const fs::Attr* now) {
  const std::lock_guard lock(mutex_);
  NodeRecord* known = table_.find(node);
  if (!known || known->changing == 0) return;
  --known->changing;
  if (now) remember(*known, *now);
}

Nodes::Seen Nodes::check_change(std::uint64_t node, const fs::Attr& now) {
  const std::lock_guard lock(mutex_);
  NodeRecord* known = table_.find(node);
  if (!known) return Seen::unknown;
  if (known->changing > 0) return Seen::changing;
  if (known->ctime == now.ctime) return Seen::same;
  const Seen seen = changed_content(*known, now) ? Seen::content : Seen::attributes;
  remember(*known, now);
  return seen;
}

}  // namespace dftp::server
