// What processes on this machine do to directories and files that sessions want to know of: the kernel's inotify, one
// for all of them. It tells of this server's own doing as well; mounts sort that out.
#pragma once

#include <sys/inotify.h>

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "proto/net/unique_fd.h"
#include "server/guard/budgets.h"
#include "server/watch/file_status.h"

namespace dftp::server {

// What inotify said, without who it is for.
struct LocalChange {
  FileKey watched;
  std::string name;      // in the watched directory; empty: of what is watched itself
  bool entries = false;  // the name came or went
  bool content = false;
  bool self_gone = false;
  bool only_closed =
      false;  // by somebody who could write to it, perhaps through a mapping: look whether it has changed
  friend bool operator==(const LocalChange&, const LocalChange&) = default;
};

// How much a watcher hears of what is done.
enum class Told {
  nothing,
  something,   // not what is done behind this kernel's back: file_systems.h
  everything,  // but writes to a memory mapping
};

// Whoever watches. Called on the thread of Watches, by settle(), and by watch() when a watch has to make room for
// another.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // True when the decision has to wait: it is asked again some milliseconds later.
  virtual bool changed(const LocalChange& change, bool last_try) = 0;
  // No longer watched.
  virtual void unwatched(const FileKey& key) = 0;
  // Anything may have happened.
  virtual void missed() = 0;
};

// Thread-safe.
class Watches {
 public:
  // `max`: watches at a time, where the kernel allows as many.
  explicit Watches(std::size_t max);
  ~Watches();

  // `watcher` is told from now on of what is done to `key`, which is open as `descriptor`. What was not used for
  // longest makes room: of the user's own where the user has as many as one may have, else of all. `payer`: who
  // watches; nullptr: nobody counts.
  Told watch(const std::shared_ptr<Watcher>& watcher, const FileKey& key, int descriptor,
             const std::shared_ptr<const Account>& payer = nullptr);
  // Whether it is told everything.
  bool watches(const Watcher* watcher, const FileKey& key);
  // What has been done to these keys before this call, and is worth telling, the watcher has been told when it returns;
  // but for what it puts off. Others, and what else it watches, are told as always.
  void settle(const Watcher* watcher, std::span<const FileKey> keys);
  // Not for this watcher any more, of this key or of any; unwatched() is not called.
  void forget(const Watcher* watcher, const FileKey& key);
  void forget(const Watcher* watcher);

  std::size_t size() const;

 private:
  // A watch, as one watcher has it.
  struct Use {
    int number;
    const Watcher* address;
    std::weak_ptr<Watcher> watcher;
    const void* user;
    Portion paid;
    std::uint64_t last = 0;  // when it was used: higher is later
  };
  using Uses = std::list<Use>;  // of one user; the one that was used last comes first
  struct Watch {
    FileKey key;
    std::vector<Uses::iterator> uses;
    Told told = Told::something;
  };
  struct Pending {
    LocalChange change;
    const Watcher* address = nullptr;
    std::weak_ptr<Watcher> watcher;
    int tries = 0;
  };
  using Lock = std::unique_lock<std::mutex>;
  void run(const std::stop_token& stopped);
  // Those with a turn. False: there were none.
  bool read_changes();
  void gather(const inotify_event& event);
  // All that were gathered; those that are put off remain.
  void decide();
  std::vector<std::shared_ptr<Watcher>> all_watchers();
  std::optional<Uses::iterator> use_of(const Watcher* watcher, const FileKey& key);
  bool add(const FileKey& key, int descriptor);
  void remove(int number);
  void drop(Uses::iterator use);
  void end(Uses::iterator use);
  bool make_room(Lock& lock, const void* user);
  bool make_room(Lock& lock);
  bool start();

  const std::size_t max_;
  // Whoever has the turn reads what the kernel tells and decides it; taken before mutex_.
  std::mutex turn_;
  std::deque<Pending> pending_;
  mutable std::mutex mutex_;
  net::UniqueFd inotify_, wake_;
  std::unordered_map<int, Watch> by_number_;
  std::unordered_map<FileKey, int, FileKeyHash> by_key_;
  std::unordered_map<const void*, Uses> uses_;  // by the user who pays
  std::uint64_t clock_ = 0;
  std::jthread thread_;
};

}  // namespace dftp::server
