#include "server/mount/mounts.h"

#include <algorithm>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// How often it is looked whether mounts keep descriptors for too long, while they keep any.
constexpr auto sweep_pause = 500ms;

}  // namespace

Mounts::Mounts(Watches& watches, const SharedDescriptor& share, Clock::time_point (*now)())
    : now_(now),
      watches_(watches),
      mount_points_(share),
      sweeper_([this](const std::stop_token& stopped) { sweep_descriptors(stopped); }) {}

Result<std::shared_ptr<MountState>> Mounts::open(MountTerms terms, const std::shared_ptr<MountHolder>& holder) {
  auto opened = terms.open_root();
  if (!opened) return std::unexpected(opened.error());
  const auto looked = stat_at(opened->number());
  if (!looked) return std::unexpected(looked.error());
  sweep();
  // Before the lock, which every change takes: it may wait for a disk.
  auto mount = std::make_shared<MountState>(*this, std::move(terms),
                                            std::make_shared<const Descriptor>(std::move(*opened)), *looked);
  const std::lock_guard lock(mutex_);
  const auto same_user = [&](const auto& entry) { return entry.second.mount->terms.user == mount->terms.user; };
  if (by_token_.size() >= limits::mounts ||
      static_cast<std::size_t>(std::ranges::count_if(by_token_, same_user)) >= limits::mounts_per_user)
    return fail(Code::too_many, {}, "too many mounts");
  mount->locks.belong_to(holder.get());
  by_token_[mount->token] = Entry{mount, holder, holder.get()};
  return mount;
}

Result<Mounts::TakenOver> Mounts::take_over(const std::string& token, const std::string& user,
                                            const std::shared_ptr<MountHolder>& holder) {
  sweep();
  const std::lock_guard lock(mutex_);
  const auto found = by_token_.find(token);
  if (found == by_token_.end() || found->second.mount->terms.user != user)
    return fail(Code::not_found, {}, "no such mount; it has ended, or its grace is over");
  auto before = found->second.holder.lock();
  found->second.holder = holder;
  found->second.held_by = holder.get();
  found->second.mount->locks.belong_to(holder.get());
  return TakenOver{found->second.mount, std::move(before)};
}

void Mounts::leave(const MountState& mount, const MountHolder* holder) {
  const std::lock_guard lock(mutex_);
  const auto found = by_token_.find(mount.token);
  if (found == by_token_.end() || found->second.held_by != holder) return;
  found->second.held_by = nullptr;
  found->second.end = now_() + limits::mount_grace;
}

void Mounts::end(const MountState& mount) {
  // Freed without the lock: closing files may take a while.
  Entry ended;
  const std::lock_guard lock(mutex_);
  const auto found = by_token_.find(mount.token);
  if (found == by_token_.end()) return;
  ended = std::move(found->second);
  by_token_.erase(found);
}

std::size_t Mounts::end_if(const std::function<bool(const MountTerms& terms)>& over) {
  return end_entries([&](const Entry& entry) { return over(entry.mount->terms); });
}

void Mounts::sweep() {
  end_entries([&](const Entry& entry) { return !entry.held_by && entry.end <= now_(); });
}

template <class Over>
std::size_t Mounts::end_entries(Over over) {
  // Freed without the lock, as above.
  std::vector<Entry> ended;
  const std::lock_guard lock(mutex_);
  for (auto at = by_token_.begin(); at != by_token_.end();) {
    const bool ends = over(at->second);
    if (ends) ended.push_back(std::move(at->second));
    at = ends ? by_token_.erase(at) : std::next(at);
  }
  return ended.size();
}

void Mounts::wake_sweeper() {
  {
    const std::lock_guard lock(sweeper_mutex_);
    something_kept_ = true;
  }
  sweeper_wakes_.notify_all();
}

void Mounts::sweep_descriptors(const std::stop_token& stopped) {
  bool look_at_writers = false;  // each other time
  std::unique_lock lock(sweeper_mutex_);
  while (sweeper_wakes_.wait(lock, stopped, [&] { return something_kept_; }) && !stopped.stop_requested()) {
    sweeper_wakes_.wait_for(lock, stopped, sweep_pause, [] { return false; });
    something_kept_ = false;
    lock.unlock();
    bool left = false;
    const auto mounts = all_but(nullptr);
    for (const auto& mount : mounts) left |= mount->nodes.drop_old();
    if (std::exchange(look_at_writers, !look_at_writers)) tell_of_writers(mounts);
    lock.lock();
    something_kept_ |= left;
  }
}

void Mounts::tell_of_writers(const std::vector<std::shared_ptr<MountState>>& mounts) {
  std::vector<std::shared_ptr<Handle>> handles;
  for (const auto& mount : mounts) std::ranges::move(mount->handles.all(), std::back_inserter(handles));
  for (const FileKey& key : local_writers_.look(handles)) {
    for (const auto& mount : mounts) {
      const auto broadcast = [&] { mount->receive({.key = key, .what = {fs::What::attr, fs::What::data}}); };
      // What was cached of the file went when the lock was granted; news now could only come between a program and the
      // size it asks for (MountState::settle()).
      if (!mount->locks.unless_locked(key, broadcast)) local_writers_.again(key);
    }
  }
}

std::vector<std::shared_ptr<MountState>> Mounts::all_but(const MountState* one) {
  std::vector<std::shared_ptr<MountState>> mounts;
  const std::lock_guard lock(mutex_);
  for (const auto& [token, entry] : by_token_)
    if (entry.mount.get() != one) mounts.push_back(entry.mount);
  return mounts;
}

void Mounts::broadcast(const MountState& origin, const MountChange& deed) {
  for (const auto& mount : all_but(&origin)) mount->receive(deed);
}

std::size_t Mounts::size() const {
  const std::lock_guard lock(mutex_);
  return by_token_.size();
}

}  // namespace dftp::server
