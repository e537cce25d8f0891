#include "server/watch/tree_watch.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// Of changes that are looked at together.
constexpr std::size_t max_heard = 128;
// Of the paths that are told together: they fit a frame when each byte needs an escape of six.
constexpr std::size_t max_told_bytes = 64 * 1024;
// What a change takes besides its path.
constexpr std::size_t change_bytes = 32;
// How often it is looked whether the path still stands for what is watched.
constexpr auto look_again = 1s;

}  // namespace

TreeWatch::TreeWatch(Watches& watches, std::shared_ptr<const Account> payer, RootDirectory home,
                     std::shared_ptr<Storage> storage, const Watch& request, std::function<void()> ready)
    : watches_(watches),
      payer_(std::move(payer)),
      home_(std::move(home)),
      storage_(std::move(storage)),
      ready_(std::move(ready)),
      path_(request.path),
      recursive_(request.recursive) {}

TreeWatch::~TreeWatch() {
  watches_.forget(this);
}

Result<void> TreeWatch::begin() {
  auto found = storage_->stat(path_, Links::follow);
  if (!found) return std::unexpected(std::move(found.error()));
  const bool directory = found->type == FileType::directory;
  if (!directory) {
    // Through its directory: a file that is replaced is another one.
    only_ = path_.name();
    path_ = path_.parent();
    recursive_ = false;
  }
  auto names = home_.hold(path_, RootDirectory::Last::follow);
  if (!names) return std::unexpected(std::move(names.error()));
  auto files = storage_->hold(path_, Links::follow);
  if (!files) return std::unexpected(std::move(files.error()));
  whole_home_.emplace(std::exchange(home_, std::move(*names)));
  storage_ = std::move(*files);
  return directory ? add_tree({}, nullptr) : add({});
}

// The kernel tells that a directory is gone when the last process has let go of it, and of a move
// of what it lies in not at all.
Result<void> TreeWatch::check_still_there() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) return {};
  next_look_ = now + look_again;
  const auto opened = whole_home_->open(path_, O_PATH | O_DIRECTORY);
  const auto looked = opened ? stat_at(opened->number()) : std::unexpected(opened.error());
  const auto watched = looked ? directories_.find(looked->key) : directories_.end();
  if (watched != directories_.end() && watched->second.is_root()) return {};
  return fail(Code::not_found, path_.absolute(), "it is gone, and with it what was watched");
}

Result<Changes> TreeWatch::take() {
  if (auto there = check_still_there(); !there) return std::unexpected(std::move(there.error()));
  Heard heard = hear();
  told_bytes_ = 0;
  if (heard.unwatched)
    return fail(Code::too_many, path_.absolute(), "the server watches too much for all of it; watch less");
  Changes changes;
  if (heard.missed) {
    changes.missed = true;
    heard.changes.clear();
    // What was made meanwhile has to be watched, too.
    if (auto added = only_.empty() ? add_tree({}, nullptr) : Result<void>(); !added)
      return std::unexpected(std::move(added.error()));
  }
  for (const LocalChange& change : heard.changes) {
    if (auto judged = judge(change, changes); !judged) return std::unexpected(std::move(judged.error()));
  }
  return changes;
}

// What a directory brought with it may be more than can be told.
void TreeWatch::tell(Changes& changes, RemotePath path, Happened what) {
  told_bytes_ += path.absolute().size() + change_bytes;
  changes.missed |= told_bytes_ > max_told_bytes;
  if (told_bytes_ > max_told_bytes) return;
  changes.paths.push_back(std::move(path));
  changes.what.push_back(what);
}

TreeWatch::Heard TreeWatch::hear() {
  const std::lock_guard lock(mutex_);
  Heard heard{{}, std::exchange(heard_.missed, false), heard_.unwatched};
  while (!heard_.changes.empty() && heard.changes.size() < max_heard) {
    heard.changes.push_back(std::move(heard_.changes.front()));
    heard_.changes.pop_front();
  }
  return heard;
}

Result<void> TreeWatch::judge(const LocalChange& change, Changes& changes) {
  const auto watched = directories_.find(change.watched);
  if (watched == directories_.end()) return {};
  const RemotePath directory = watched->second;
  if (!change.name.empty()) return judge_name(directory, change, changes);
  if (change.self_gone) directories_.erase(watched);
  if (!directory.is_root()) return {};
  if (change.self_gone) return fail(Code::not_found, path_.absolute(), "it is gone, and with it what was watched");
  if (only_.empty()) tell(changes, {}, Happened::attributes);
  return {};
}

Result<void> TreeWatch::judge_name(const RemotePath& directory, const LocalChange& change, Changes& changes) {
  if (is_reserved(change.name) || (!only_.empty() && change.name != only_)) return {};
  const auto path = directory.child(change.name);
  if (!path) return {};  // no name of ours
  const RemotePath told = only_.empty() ? *path : RemotePath();
  if (!change.entries) {
    tell(changes, told, change.content ? Happened::content : Happened::attributes);
    return {};
  }
  const auto whole = path_.join(*path);
  auto there = whole ? storage_->stat(*whole, Links::keep) : std::unexpected(whole.error());
  if (recursive_) forget_tree(*path);
  tell(changes, told, there ? Happened::made : Happened::removed);
  if (there && there->type == FileType::directory && recursive_) return add_tree(*path, &changes);
  return {};
}

// The directory and, where that is wanted, those in it; what is there already is told.
Result<void> TreeWatch::add_tree(const RemotePath& beneath, Changes* changes) {
  std::vector<RemotePath> waiting{beneath};
  while (!waiting.empty()) {
    const RemotePath directory = std::move(waiting.back());
    waiting.pop_back();
    auto added = add(directory);
    if (!added && added.error().code == Code::not_found && !directory.is_root()) continue;  // gone meanwhile
    if (!added) return added;
    if (!recursive_) return {};
    const auto whole = path_.join(directory);
    auto listing = whole ? storage_->list(*whole) : std::unexpected(whole.error());
    while (listing) {
      auto entry = (*listing)->next();
      if (!entry || !*entry) break;
      const auto path = directory.child((*entry)->name);
      if (!path) continue;
      if (changes) tell(*changes, *path, Happened::made);
      if ((*entry)->type == FileType::directory) waiting.push_back(*path);
    }
  }
  return {};
}

Result<void> TreeWatch::add(const RemotePath& beneath) {
  const auto path = path_.join(beneath);
  if (!path) return std::unexpected(path.error());
  auto opened = home_.open(*path, O_PATH | O_DIRECTORY | (beneath.is_root() ? 0 : O_NOFOLLOW));
  if (!opened) return std::unexpected(std::move(opened.error()));
  const auto looked = stat_at(opened->number());
  if (!looked) return std::unexpected(looked.error());
  if (!directories_.contains(looked->key) && directories_.size() >= limits::watched_directories)
    return fail(Code::too_many, path_.absolute(),
                "has more than " + std::to_string(limits::watched_directories) + " directories; watch a part of it");
  directories_[looked->key] = beneath;
  if (watches_.watch(shared_from_this(), looked->key, opened->number(), payer_) != Told::nothing) return {};
  return fail(Code::too_many, path->absolute(),
              "the server watches no more, for you (max-watches) or at all (fs.inotify.max_user_watches)");
}

void TreeWatch::forget_tree(const RemotePath& beneath) {
  std::erase_if(directories_, [&](const auto& directory) {
    if (!directory.second.is_within(beneath)) return false;
    watches_.forget(this, directory.first);
    return true;
  });
}

template <class Change>
void TreeWatch::note(Change change) {
  {
    const std::lock_guard lock(mutex_);
    change(heard_);
  }
  ready_();
}

bool TreeWatch::changed(const LocalChange& change, bool) {
  if (change.only_closed) return false;
  note([&](Heard& heard) {
    if (heard.changes.size() < limits::kept_changes) {
      heard.changes.push_back(change);
    } else {
      heard.changes.clear();
      heard.missed = true;
    }
  });
  return false;
}

void TreeWatch::unwatched(const FileKey&) {
  note([](Heard& heard) { heard.unwatched = true; });
}

void TreeWatch::missed() {
  note([](Heard& heard) { heard.missed = true; });
}

}  // namespace dftp::server
