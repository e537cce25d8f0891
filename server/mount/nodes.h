// From node ids to open files. A node is opened on demand, name by name beneath its parents, and is only taken for the
// one that it was if device, inode and birth are the same. So no name of the peer's ever leads out of the root.
#pragma once

#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>

#include "proto/wire/remote_path.h"
#include "server/mount/kept_descriptors.h"
#include "server/mount/node_table.h"

namespace dftp {

// Thread-safe. What opens blocks: call it on the disk pool.
class Nodes {
 public:
  Nodes(Held root, const Looked& looked);

  // O_PATH. ESTALE for a node that is unknown, or no longer where it was.
  Result<Held> open(std::uint64_t node);
  // ESTALE as well when its names, from the root on, do not lead to it any more.
  Result<Held> open_named(std::uint64_t node);
  // Counts one lookup, which forget() gives back. Code::too_many.
  Result<std::uint64_t> add(const Looked& looked, std::uint64_t parent, const std::string& name);
  void forget(std::uint64_t node, std::uint64_t count);
  // Until it is forgotten, or others are held: it is what this descriptor says, whatever becomes of its name. For
  // whoever goes along a path that others change all the while.
  void hold(std::uint64_t node, Held held);

  // 0: none.
  std::uint64_t known(const FileKey& key) const;
  std::optional<FileKey> key_of(std::uint64_t node);
  // Through which it is found; the root's is the root, an unknown one's 0.
  std::uint64_t parent_of(std::uint64_t node);
  // Beneath the mount's root, as far as is known. ESTALE.
  Result<RemotePath> path_of(std::uint64_t node);

  void moved(std::uint64_t node, std::uint64_t parent, const std::string& name);
  // Its name is about to go; the descriptor is kept for as long as the node is known, so that the file stays usable.
  void keep(std::uint64_t node, Held held);

  bool is_removed(std::uint64_t node) const;
  // A handle is open, by which the file is found whatever becomes of its name.
  void begin_use(std::uint64_t node, Held held);
  void end_use(std::uint64_t node);

  // Changes by the mount itself come between these two. The first one says whether somebody else has changed the file
  // since the client was told of it.
  bool begin_change(std::uint64_t node, const fs::Attr& now);
  void end_change(std::uint64_t node, const fs::Attr* now);
  // What somebody else has changed since the client was told of it; from now on the client counts as told.
  enum class Seen { unknown, changing, same, attributes, content };
  Seen look_for_change(std::uint64_t node, const fs::Attr& now);

 private:
  struct Step {
    std::uint64_t node;
    std::string name;
    FileKey key;
    std::int64_t birth;
  };
  // From the first one whose parent is open, and that parent's descriptor.
  Result<Held> way_to(std::uint64_t node, std::vector<Step>& steps);

  using Gone = std::vector<Held>;  // to be closed when the lock is
  void let_go(Gone& gone);

  mutable std::mutex mutex_;
  const Held root_;
  NodeTable table_;
  KeptDescriptors kept_;
  std::unordered_map<std::uint64_t, Held> removed_;
  struct Use {
    Held held;
    std::size_t handles = 0;
  };
  std::unordered_map<std::uint64_t, Use> used_;
  std::deque<std::pair<std::uint64_t, Held>> walked_;  // those that are held, the last one first
};

}  // namespace dftp
