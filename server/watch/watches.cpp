#include "server/watch/watches.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "server/watch/file_systems.h"
#include "proto/storage/proc_path.h"

namespace dftp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY |
                               IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t entry_mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

// A program that writes says so at each write(2). So many milliseconds of them are one change.
constexpr auto pause = 2ms;
// How often a decision is put off because the mount is at the same thing itself: 50 ms in all.
constexpr int most_tries = 25;
// Changes that wait to be decided; past that everybody is told that some are lost.
constexpr std::size_t most_pending = 65536;

}  // namespace

Watches::Watches(std::size_t most) : most_(most) {}

Watches::~Watches() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  (void)::eventfd_write(wake_.get(), 1);
  thread_.join();
}

// Only when there is something to watch. False where the kernel has no more inotify for this user.
bool Watches::start() {
  if (thread_.joinable()) return true;
  inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  wake_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!inotify_ || !wake_) return false;
  thread_ = std::jthread([this](const std::stop_token& stopped) { run(stopped); });
  return true;
}

Told Watches::watch(const std::shared_ptr<Watcher>& watcher, const FileKey& key, int descriptor) {
  Lock lock(mutex_);
  if (!start()) return Told::nothing;
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    Watch& watch = by_number_[found->second];
    in_order_.splice(in_order_.begin(), in_order_, watch.place);
    if (std::ranges::find(watch.watchers, watcher.get(), [](const auto& one) { return one.first; }) ==
        watch.watchers.end())
      watch.watchers.emplace_back(watcher.get(), watcher);
    return watch.told;
  }
  if (by_number_.size() >= most_ && !make_room(lock)) return Told::nothing;
  const std::string path = proc_path(descriptor);
  int number = ::inotify_add_watch(inotify_.get(), path.c_str(), mask);
  if (number < 0 && errno == ENOSPC && make_room(lock))
    number = ::inotify_add_watch(inotify_.get(), path.c_str(), mask);
  if (number < 0) return Told::nothing;
  const Told told = is_on_local_disk(descriptor) ? Told::everything : Told::something;
  in_order_.push_front(number);
  // A number that is known already: the inode was used again before the kernel's word about that was read.
  if (const auto stale = by_number_.find(number); stale != by_number_.end()) {
    in_order_.erase(stale->second.place);
    by_key_.erase(stale->second.key);
  }
  by_number_[number] = Watch{key, {{watcher.get(), watcher}}, in_order_.begin(), told};
  by_key_[key] = number;
  return told;
}

bool Watches::watches(const Watcher* watcher, const FileKey& key) {
  const Lock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return false;
  const Watch& watch = by_number_[found->second];
  if (watch.told != Told::everything) return false;
  return std::ranges::find(watch.watchers, watcher, [](const auto& one) { return one.first; }) != watch.watchers.end();
}

// The lock is let go meanwhile.
bool Watches::make_room(Lock& lock) {
  if (in_order_.empty()) return false;
  const int oldest = in_order_.back();
  const FileKey key = by_number_[oldest].key;
  const auto watchers = remove(oldest);
  ::inotify_rm_watch(inotify_.get(), oldest);
  lock.unlock();
  for (const auto& watcher : watchers) watcher->unwatched(key);
  lock.lock();
  return true;
}

std::vector<std::shared_ptr<Watcher>> Watches::remove(int number) {
  std::vector<std::shared_ptr<Watcher>> watchers;
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) return watchers;
  for (const auto& [address, weak] : found->second.watchers)
    if (auto watcher = weak.lock()) watchers.push_back(std::move(watcher));
  in_order_.erase(found->second.place);
  by_key_.erase(found->second.key);
  by_number_.erase(found);
  return watchers;
}

void Watches::forget(const Watcher* watcher, const FileKey& key) {
  const Lock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const int number = found->second;
  auto& watchers = by_number_[number].watchers;
  std::erase_if(watchers, [&](const auto& one) { return one.first == watcher; });
  if (!watchers.empty()) return;
  remove(number);
  ::inotify_rm_watch(inotify_.get(), number);
}

void Watches::forget(const Watcher* watcher) {
  const Lock lock(mutex_);
  std::vector<int> unused;
  for (auto& [number, watch] : by_number_) {
    std::erase_if(watch.watchers, [&](const auto& one) { return one.first == watcher; });
    if (watch.watchers.empty()) unused.push_back(number);
  }
  for (const int number : unused) {
    remove(number);
    ::inotify_rm_watch(inotify_.get(), number);
  }
}

std::size_t Watches::size() const {
  const Lock lock(mutex_);
  return by_number_.size();
}

void Watches::run(const std::stop_token& stopped) {
  bool busy = false, waits = false;
  while (!stopped.stop_requested()) {
    std::array<pollfd, 2> waiting{pollfd{inotify_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    // While there is something each time, nobody who changes a file has to wake this thread. The first change after a
    // while is told at once.
    if (!busy) ::poll(waiting.data(), waiting.size(), waits ? 0 : -1);
    if (stopped.stop_requested()) return;
    eventfd_t woken = 0;
    (void)::eventfd_read(wake_.get(), &woken);
    {
      const std::lock_guard turn(turn_);
      busy = read_changes();
    }
    decide();
    {
      const std::lock_guard turn(turn_);
      waits = !pending_.empty();
    }
    std::this_thread::sleep_for(pause);
  }
}

void Watches::settle(const Watcher* watcher, std::span<const FileKey> keys) {
  const std::lock_guard turn(turn_);
  {
    const Lock lock(mutex_);
    if (!inotify_) return;
  }
  read_changes();
  const auto is_about = [&](const Pending& one) {
    return one.address == watcher && std::ranges::find(keys, one.change.watched) != keys.end();
  };
  for (auto next = pending_.begin(); next != pending_.end();) {
    const auto alive = is_about(*next) ? next->watcher.lock() : nullptr;
    next = alive && !alive->changed(next->change, false) ? pending_.erase(next) : next + 1;
  }
  if (!pending_.empty()) (void)::eventfd_write(wake_.get(), 1);
}

bool Watches::read_changes() {
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  bool overflow = false, any = false;
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got <= 0) break;
    any = true;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      overflow |= (event->mask & IN_Q_OVERFLOW) != 0 || pending_.size() >= most_pending;
      if (!overflow) gather(*event);
    }
  }
  if (!overflow) return any;
  pending_.clear();
  for (const auto& watcher : all_watchers()) watcher->missed();
  return any;
}

void Watches::gather(const inotify_event& event) {
  const Lock lock(mutex_);
  const auto watch = by_number_.find(event.wd);
  if (watch == by_number_.end()) return;
  const LocalChange change{.watched = watch->second.key,
                           .name = event.len > 0 ? event.name : "",
                           .entries = (event.mask & entry_mask) != 0,
                           .content = (event.mask & IN_MODIFY) != 0,
                           .self_gone = (event.mask & (IN_DELETE_SELF | IN_IGNORED)) != 0,
                           .only_closed = event.mask == IN_CLOSE_WRITE};
  // A program that writes piece by piece, or makes and fills a file: one change, if nothing came in between.
  const bool again = !pending_.empty() && pending_.back().tries == 0 &&
                     pending_.back().change.watched == change.watched && pending_.back().change.name == change.name;
  if (again && !(event.mask & IN_IGNORED)) {
    for (auto at = pending_.rbegin(); at != pending_.rend() && at->change.watched == change.watched &&
                                      at->change.name == change.name && at->tries == 0;
         ++at) {
      at->change.entries |= change.entries;
      at->change.content |= change.content;
      at->change.self_gone |= change.self_gone;
      at->change.only_closed &= change.only_closed;
    }
    return;
  }
  for (const auto& [address, weak] : watch->second.watchers) pending_.push_back({change, address, weak});
  if (event.mask & IN_IGNORED) remove(event.wd);
}

void Watches::decide() {
  std::unique_lock turn(turn_);
  for (std::size_t left = pending_.size(); left > 0 && !pending_.empty(); --left) {
    Pending one = std::move(pending_.front());
    pending_.pop_front();
    const auto watcher = one.watcher.lock();
    if (watcher && watcher->changed(one.change, ++one.tries >= most_tries)) pending_.push_back(std::move(one));
    // Whoever settles need not wait for all of them.
    turn.unlock();
    turn.lock();
  }
}

std::vector<std::shared_ptr<Watcher>> Watches::all_watchers() {
  const Lock lock(mutex_);
  std::unordered_map<const Watcher*, std::shared_ptr<Watcher>> all;
  for (const auto& [number, watch] : by_number_) {
    for (const auto& [address, weak] : watch.watchers) {
      if (all.contains(address)) continue;
      if (auto watcher = weak.lock()) all.emplace(address, std::move(watcher));
    }
  }
  std::vector<std::shared_ptr<Watcher>> watchers;
  for (auto& [address, watcher] : all) watchers.push_back(std::move(watcher));
  return watchers;
}

}  // namespace dftp
