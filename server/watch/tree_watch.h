// What anybody does to a file, or to the names and files in a directory or a tree, path by path.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"
#include "proto/wire/feed.h"
#include "server/watch/watches.h"

namespace dftp::server {

// Watched paths are counted from `path`, which is resolved beneath `home`; no link is followed on the way down from it,
// also when somebody swaps directories for links.
// begin() and take() block, and are called one at a time.
class TreeWatch final : public Watcher, public std::enable_shared_from_this<TreeWatch> {
 public:
  // `ready` is called, on any thread, when there is something to take.
  TreeWatch(Watches& watches, std::shared_ptr<const Account> payer, RootDirectory home,
            std::shared_ptr<Storage> storage, const Watch& request, std::function<void()> ready);
  ~TreeWatch() override;

  // From now on. Code::too_many for more directories than are watched.
  Result<void> begin();
  // What has happened; empty: nothing. An error: it cannot be told any more, as when the path itself is gone.
  Result<Changes> take();

  bool changed(const LocalChange& change, bool last_try) override;
  void unwatched(const FileKey& key) override;
  void missed() override;

 private:
  struct Heard {
    std::deque<LocalChange> changes;
    bool missed = false;
    bool unwatched = false;
  };
  Heard hear();
  void tell(Changes& changes, RemotePath path, Happened what);
  template <class Change>
  void note(Change change);
  Result<void> judge(const LocalChange& change, Changes& changes);
  Result<void> judge_name(const RemotePath& directory, const LocalChange& change, Changes& changes);
  Result<void> add_tree(const RemotePath& beneath, Changes* changes);
  Result<void> add(const RemotePath& beneath);
  void forget_tree(const RemotePath& beneath);
  Result<void> check_still_there();

  Watches& watches_;
  const std::shared_ptr<const Account> payer_;
  RootDirectory home_;                       // what is watched, held
  std::optional<RootDirectory> whole_home_;  // where it is looked whether the path still leads there
  std::shared_ptr<Storage> storage_;
  const std::function<void()> ready_;
  RemotePath path_;   // the directory at the top
  std::string only_;  // the one name in it that is watched; empty: all
  bool recursive_;
  std::unordered_map<FileKey, RemotePath, FileKeyHash> directories_;  // beneath path_
  std::size_t told_bytes_ = 0;                                        // in this take()
  std::chrono::steady_clock::time_point next_look_{};                 // at the path

  std::mutex mutex_;
  Heard heard_;
};

}  // namespace dftp::server
