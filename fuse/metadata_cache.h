// What is known of the server's files without asking it: nodes, their attributes, names, and how long each holds.
// Events of the server take knowledge away, here and in the kernel. No I/O. Belongs to one loop.
#pragma once

#include <unordered_map>

#include "fuse/inode_table.h"
#include "fuse/mount_options.h"
#include "proto/net/async.h"
#include "proto/wire/mount_files.h"

namespace dftp::mount {

// What the kernel must not believe any more. Called on the loop; must not block.
class KernelInvalidations {
 public:
  virtual ~KernelInvalidations() = default;
  virtual void attributes(Node node) = 0;
  // The same, and when it returns the kernel knows. Only of a file that is open: nothing is waited for then.
  virtual void mode(Node) {}
  virtual void data(Node node) = 0;   // and attributes
  virtual void pages(Node node) = 0;  // the same, where this mount knows by itself what it has written
  virtual void name(Node directory, const std::string& name) = 0;
  virtual void listing(Node directory) = 0;  // which names there are, and attributes
  virtual void all_names() = 0;
  // It need not keep what it knows of this file, if nobody has it open.
  virtual void release_entry(Node directory, const std::string& name) = 0;
  // `done` is called, on any thread, when the kernel has taken in all that was said before.
  virtual void after(std::function<void()> done) { done(); }
};

// How long knowledge holds: when the server pushes changes of it, and when not.
struct Lifetimes {
  Clock::duration attributes, attributes_unwatched, names, names_unwatched, missing, missing_unwatched;
  explicit Lifetimes(const MountOptions& options);
};

class MetadataCache {
 public:
  // With more files than `max_nodes` the kernel is asked to let go of some.
  MetadataCache(const Lifetimes& lifetimes, KernelInvalidations& notices, std::size_t max_nodes);

  // Node ids of the server are good for one epoch; the kernel's have it in their upper bits. The root is the root.
  static constexpr int epoch_bits = 16;
  static Node local(std::uint64_t remote, std::uint64_t epoch);
  static std::uint64_t epoch_of(Node node) { return node >> (64 - epoch_bits); }
  static std::uint64_t remote_of(Node node) { return node << epoch_bits >> epoch_bits; }

  // The server handed it out, as InodeTable::found() has it.
  void found(Node node, Node parent, const std::string& name, const fs::Attr& attr);

  // Which of two replies about a file is newer. The server counts what it tells this mount and what this mount changes;
  // a reply has seen all that was counted up to its `at`. What is older than the last change of the file, by whomever,
  // is not believed, whenever it comes. Between two that are as old the file's change time decides.
  //
  // Attributes that the server told at `at`; `watched`: it will tell when they change. How long they hold; zero: they
  // are older than what is known. When the content has changed, and not because this mount did it (`own`), the kernel
  // is told.
  Clock::duration store(Node node, const fs::Attr& attr, std::uint64_t at, bool watched, bool own = false);
  // A lock was granted at `at`: whatever was known of the file before, somebody may have changed it.
  void granted(Node node, std::uint64_t at);
  // What this mount's own write has changed.
  void store_written(Node node, std::uint64_t size, std::uint64_t blocks, std::int64_t mtime, std::int64_t ctime,
                     std::uint32_t mode, std::uint64_t at);
  struct Known {
    fs::Attr attr;
    Clock::duration left;  // how long they still hold
  };
  // nullopt: they must be asked for. While `offline` what has grown old counts as well.
  std::optional<Known> attributes(Node node, bool offline);
  // As learn(); what is to be believed of the file now.
  Known newest(Node node, const fs::Attr& attr, std::uint64_t at, bool watched, bool own = false);
  // What the kernel has of its content is what the attributes belong to, or nothing: opened() makes it so.
  bool is_in_step(Node node);
  void opened(Node node);
  void erase(Node node) { attributes_.erase(node); }
  // What the kernel has of its content stands elsewhere.
  void moved_content(Node node) { notices_.data(node); }
  // It was written past what the kernel may have of it.
  void written_past(Node node) { notices_.pages(node); }
  // The kernel has taken in all that it was told. Not for a request by which it holds pages: it could wait for those.
  net::Task<void> kernel_knows(net::Executor executor);
  // Its set-id bits have gone by a write of this mount: no program must run with them any more.
  void lost_set_ids(Node node) { notices_.mode(node); }

  // The server will tell, or not, what happens in this directory.
  void watched(Node directory, bool is);
  bool is_watched(Node directory) const { return watched_.contains(directory); }
  // A name, told when event `at` was the server's last; how long it holds.
  Clock::duration store_name(Node directory, const std::string& name, Node node, std::uint64_t at, bool watched);

  // Whether somebody else has just made or removed names in the directory, and perhaps goes on: news of the next one
  // may be on its way, so what is missing there is asked for each time.
  bool is_lively(Node directory);
  // How long it holds that a name is missing there.
  Clock::duration missing_holds(Node directory);
  // The listing under way has come to its end: there is nothing else in the directory.
  void listed_whole(Node directory);

  // A directory that this mount has made: watched, and with nothing in it.
  void store_empty(Node directory, std::uint64_t at);
  // A file that this mount has made has no capabilities (capabilities(7)): the kernel asks before the first write.
  void store_made(Node node);
  bool has_no_capabilities(Node node);
  void gave_attribute(Node node);

  void changed(const fs::Change& change, std::uint64_t number, std::uint64_t epoch);
  // Nothing holds any more, nor will what was told before event `number`.
  void forget_all(std::uint64_t number = 0);
  // Whether somebody has changed it since the server told, when event `at` was its last.
  bool is_old(Node node, std::uint64_t at);

  // Whether a program has it open.
  std::function<bool(Node node)> is_open;

  InodeTable& nodes() { return nodes_; }
  NameCache& names() { return names_; }
  std::size_t attributes_known() const { return attributes_.size(); }

 private:
  struct CachedAttributes {
    fs::Attr attr;
    Clock::time_point until;
    std::uint64_t at = 0;
    bool made_here = false;  // and nobody else has touched it, nor was it given an attribute
    bool in_step = false;
  };
  // Numbers of the last event about a file, and of the last change by this mount.
  struct Order {
    std::uint64_t event = 0, change = 0;
  };
  bool is_overtaken(Node node, std::int64_t ctime, std::uint64_t at);
  void changed_at(Node node, std::uint64_t at);
  void mode_changed(Node node, std::uint32_t before, std::uint32_t now);
  void entries_changed(Node directory, const std::vector<Name>& names);
  void gone(Node node);
  void unwatched(Node directory);

  const Lifetimes lifetimes_;
  const std::size_t max_nodes_;
  KernelInvalidations& notices_;
  InodeTable nodes_;
  Lru<Node, CachedAttributes> attributes_;
  NameCache names_;
  std::uint64_t oldest_ = 0;                // event: what is older is worth nothing
  Lru<Node, Order> order_;                  // of nodes that were changed lately
  Lru<Node, Clock::time_point> lively_;     // directories, and until when they are
  Node new_ = missing;                      // was handed out last, for the first time: the kernel has nothing of it
  std::unordered_map<Node, char> watched_;  // directories; bounded by what the server watches
};

}  // namespace dftp::mount
