#include "server/watch/watches.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "proto/storage/proc_path.h"
#include "server/watch/file_systems.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY |
                               IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t entry_mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

// A program that writes says so at each write(2). So many milliseconds of them are one change.
constexpr auto pause = 2ms;
// How often a decision is put off because the mount is at the same thing itself: 50 ms in all.
constexpr int max_tries = 25;
// Changes that wait to be decided; past that everybody is told that some are lost.
constexpr std::size_t max_pending = 65536;

}  // namespace

Watches::Watches(std::size_t max) : max_(max) {}

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

Told Watches::watch(const std::shared_ptr<Watcher>& watcher, const FileKey& key, int descriptor,
                    const std::shared_ptr<const Account>& payer) {
  Lock lock(mutex_);
  if (!start()) return Told::nothing;
  const void* const user = payer ? payer->user() : nullptr;
  if (const auto use = use_of(watcher.get(), key)) {
    (*use)->last = ++clock_;
    Uses& uses = uses_[(*use)->user];
    uses.splice(uses.begin(), uses, *use);
    return by_number_[(*use)->number].told;
  }
  auto paid = payer ? payer->take(Counted::watches) : Portion();
  while (!paid && make_room(lock, user)) paid = payer->take(Counted::watches);
  if (!paid) return Told::nothing;
  bool asked_again = false;
  while (!by_key_.contains(key)) {
    const bool full = by_number_.size() >= max_;
    if (!full && add(key, descriptor)) break;
    if (!full && (errno != ENOSPC || std::exchange(asked_again, true))) return Told::nothing;
    if (!make_room(lock)) return Told::nothing;
  }
  const int number = by_key_.at(key);
  Watch& watch = by_number_[number];
  if (use_of(watcher.get(), key)) return watch.told;  // by another thread, meanwhile
  Uses& uses = uses_[user];
  uses.push_front({number, watcher.get(), watcher, user, std::move(*paid), ++clock_});
  watch.uses.push_back(uses.begin());
  return watch.told;
}

bool Watches::watches(const Watcher* watcher, const FileKey& key) {
  const Lock lock(mutex_);
  const auto use = use_of(watcher, key);
  return use && by_number_[(*use)->number].told == Told::everything;
}

std::optional<Watches::Uses::iterator> Watches::use_of(const Watcher* watcher, const FileKey& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  const auto& uses = by_number_[found->second].uses;
  const auto use = std::ranges::find(uses, watcher, [](const auto& one) { return one->address; });
  return use == uses.end() ? std::nullopt : std::optional(*use);
}

// Sets errno.
bool Watches::add(const FileKey& key, int descriptor) {
  const std::string path = proc_path(descriptor);
  const int number = ::inotify_add_watch(inotify_.get(), path.c_str(), mask);
  if (number < 0) return false;
  // A number that is known already: the inode was used again before the kernel's word about that was read.
  remove(number);
  by_number_[number] = Watch{key, {}, is_on_local_disk(descriptor) ? Told::everything : Told::something};
  by_key_[key] = number;
  return true;
}

// The kernel has given it up.
void Watches::remove(int number) {
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) return;
  for (const Uses::iterator use : found->second.uses) drop(use);
  by_key_.erase(found->second.key);
  by_number_.erase(found);
}

void Watches::drop(Uses::iterator use) {
  const auto of_user = uses_.find(use->user);
  of_user->second.erase(use);
  if (of_user->second.empty()) uses_.erase(of_user);
}

void Watches::end(Uses::iterator use) {
  const int number = use->number;
  auto& uses = by_number_[number].uses;
  std::erase(uses, use);
  drop(use);
  if (!uses.empty()) return;
  remove(number);
  ::inotify_rm_watch(inotify_.get(), number);
}

// What this user has used for longest goes. The lock is let go meanwhile.
bool Watches::make_room(Lock& lock, const void* user) {
  const auto of_user = uses_.find(user);
  if (of_user == uses_.end()) return false;
  const auto oldest = std::prev(of_user->second.end());
  const FileKey key = by_number_[oldest->number].key;
  auto watcher = oldest->watcher.lock();
  end(oldest);
  lock.unlock();
  if (watcher) watcher->unwatched(key);
  watcher.reset();  // which may be its end, and that takes the lock
  lock.lock();
  return true;
}

// What anybody has used for longest, until there is a watch less.
bool Watches::make_room(Lock& lock) {
  for (const std::size_t before = by_number_.size(); by_number_.size() >= before;) {
    const auto oldest = std::ranges::min_element(uses_, {}, [](const auto& one) { return one.second.back().last; });
    if (oldest == uses_.end()) return false;
    make_room(lock, oldest->first);
  }
  return true;
}

void Watches::forget(const Watcher* watcher, const FileKey& key) {
  const Lock lock(mutex_);
  if (const auto use = use_of(watcher, key)) end(*use);
}

void Watches::forget(const Watcher* watcher) {
  const Lock lock(mutex_);
  std::vector<Uses::iterator> ended;
  for (auto& [user, uses] : uses_) {
    for (auto use = uses.begin(); use != uses.end(); ++use)
      if (use->address == watcher) ended.push_back(use);
  }
  for (const Uses::iterator use : ended) end(use);
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
      overflow |= (event->mask & IN_Q_OVERFLOW) != 0 || pending_.size() >= max_pending;
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
  for (const Uses::iterator use : watch->second.uses) pending_.push_back({change, use->address, use->watcher});
  if (event.mask & IN_IGNORED) remove(event.wd);
}

void Watches::decide() {
  std::unique_lock turn(turn_);
  for (std::size_t left = pending_.size(); left > 0 && !pending_.empty(); --left) {
    Pending one = std::move(pending_.front());
    pending_.pop_front();
    const auto watcher = one.watcher.lock();
    if (watcher && watcher->changed(one.change, ++one.tries >= max_tries)) pending_.push_back(std::move(one));
    // Whoever settles need not wait for all of them.
    turn.unlock();
    turn.lock();
  }
}

std::vector<std::shared_ptr<Watcher>> Watches::all_watchers() {
  const Lock lock(mutex_);
  std::unordered_map<const Watcher*, std::shared_ptr<Watcher>> all;
  for (const auto& [user, uses] : uses_) {
    for (const Use& use : uses) {
      if (all.contains(use.address)) continue;
      if (auto watcher = use.watcher.lock()) all.emplace(use.address, std::move(watcher));
    }
  }
  std::vector<std::shared_ptr<Watcher>> watchers;
  for (auto& [address, watcher] : all) watchers.push_back(std::move(watcher));
  return watchers;
}

}  // namespace dftp::server
