// From node ids to open files. A node is opened on demand, name by name beneath the mount's root,
// which is itself found anew each time; it is only taken for the one that it was if device, inode
// and birth are the same. So no name of the peer's ever leads out of the root, and what is moved
// out of it is lost a moment later.
//
// Descriptors of directories are kept for that moment, and of files only what a walk along a
// changing path has just found: what is removed by whomever gives its space back, and what is
// mounted in the share can be unmounted. docs/decisions/0026.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "proto/wire/remote_path.h"
#include "server/guard/budgets.h"
#include "server/mount/kept_descriptors.h"
#include "server/mount/node_table.h"

namespace dftp::server {

// Thread-safe. What opens blocks: call it on the disk pool.
class Nodes {
 public:
  using Clock = std::chrono::steady_clock;
  // O_PATH, by its path beneath what the user has.
  using OpenRoot = std::function<Result<Descriptor>()>;

  // `kept` is called, on any thread, when something is kept or in use and nothing was before.
  Nodes(OpenRoot open_root, const FileStatus& looked, std::function<void()> kept,
        Clock::time_point (*now)() = Clock::now);

  // Who pays for them; set before the first one is added. nullptr: nobody counts.
  void charge(const std::shared_ptr<const Account>& account) {
    if (account) paid_ = account->meter(Counted::nodes);
  }

  // O_PATH. ESTALE for a node that is unknown, or no longer where it was, unless a handle of it is
  // open and it has not left the mount's root.
  Result<SharedDescriptor> open(std::uint64_t node);
  // ESTALE as well when its names, from the root on, do not lead to it any more.
  Result<SharedDescriptor> open_named(std::uint64_t node);
  Result<SharedDescriptor> open(std::uint64_t node, bool named) { return named ? open_named(node) : open(node); }
  // The same, to look at its attributes only: what is open may have gone anywhere.
  Result<SharedDescriptor> open_to_stat(std::uint64_t node);
  // Counts one lookup, which forget() gives back. ENFILE when the mount, or its user or source, knows as many as it
  // may.
  Result<std::uint64_t> add(const FileStatus& looked, std::uint64_t parent, const std::string& name);
  void forget(std::uint64_t node, std::uint64_t count);
  // For a moment it is what this descriptor says, whatever becomes of its name. For whoever goes
  // along a path that others change all the while.
  void hold(std::uint64_t node, SharedDescriptor held);

  // 0: none.
  std::uint64_t known(const FileKey& key) const;
  std::optional<FileKey> key_of(std::uint64_t node);
  // Through which it is found; the root's is the root, an unknown one's 0.
  std::uint64_t parent_of(std::uint64_t node);
  // What stands where it was found last, whatever that is by now. ENOENT, ESTALE.
  Result<SharedDescriptor> open_instead(std::uint64_t node);
  // Beneath the mount's root, as far as is known. ESTALE.
  Result<RemotePath> path_of(std::uint64_t node);

  void moved(std::uint64_t node, std::uint64_t parent, const std::string& name);
  // This mount has removed one of its names.
  void lost_name(std::uint64_t node, std::uint64_t parent, const std::string& name);
  // This mount has removed its last name. What it was then is remembered as long as the node is
  // known.
  void removed(std::uint64_t node, const fs::Attr& last);
  std::optional<fs::Attr> last_of_removed(std::uint64_t node) const;
  // Somebody has removed it: nothing of it is kept open, but by handles.
  void let_go(std::uint64_t node);
  // Closes what is kept and old. False when nothing is left that is kept or in use.
  bool drop_old();

  // A handle is open, by which the file is found whatever becomes of its name.
  void begin_use(std::uint64_t node, SharedDescriptor held);
  void end_use(std::uint64_t node);

  // Changes by the mount itself come between these two. The first one says whether somebody else has changed the file
  // since the client was told of it.
  bool begin_change(std::uint64_t node, const fs::Attr& now);
  void end_change(std::uint64_t node, const fs::Attr* now);
  // What somebody else has changed since the client was told of it; from now on the client counts as told.
  enum class Seen { unknown, changing, same, attributes, content };
  Seen check_change(std::uint64_t node, const fs::Attr& now);

 private:
  struct Step {
    std::uint64_t node;
    std::string name;
    FileKey key;
    std::int64_t birth;
  };
  // From the first one whose parent is kept, and that parent, or nothing where that is the root.
  Result<KeptDescriptors::Kept> way_to(std::uint64_t node, std::vector<Step>& steps);
  Result<KeptDescriptors::Kept> open_root();
  Result<SharedDescriptor> walk(std::uint64_t node);
  SharedDescriptor in_use(std::uint64_t node) const;
  bool is_usable(const Descriptor& open_file);
  void keep(std::uint64_t node, const KeptDescriptors::Kept& kept);

  using Gone = std::vector<SharedDescriptor>;  // to be closed when the lock is
  void forget_given_up(Gone& gone);
  bool pay();

  const OpenRoot open_root_;
  const std::function<void()> kept_some_;
  Clock::time_point (*const now_)();
  mutable std::mutex mutex_;
  NodeTable table_;
  Portion paid_;  // for what is in it
  KeptDescriptors kept_;
  // What walks have found, the newest first: it stays when its name goes.
  struct Walked {
    std::uint64_t node;
    KeptDescriptors::Kept kept;
  };
  std::deque<Walked> walked_;
  std::unordered_map<std::uint64_t, fs::Attr> removed_;
  struct Use {
    SharedDescriptor held;
    std::size_t handles = 0;
  };
  std::unordered_map<std::uint64_t, Use> used_;
};

}  // namespace dftp::server
