// Locks that are waited for.
#include <algorithm>
#include <cerrno>

#include "proto/wire/limits.h"
#include "server/mount/lock_calls.h"
#include "server/mount/lock_table_detail.h"
#include "server/mount/locks.h"

namespace dftp::server {
namespace {

// All numbers of a session, in a map or set of WaitKey.
auto of_session(auto& keyed, const Locks* mount, const void* session) {
  return std::pair(keyed.lower_bound({mount, session, 0}), keyed.upper_bound({mount, session, UINT64_MAX}));
}

}  // namespace

Result<void> LockTable::enrol(const WaitKey& key, const std::shared_ptr<Handle>& handle, const LockAsk& ask,
                              Ended ended) {
  const auto wait = std::make_shared<Wait>(key, handle, ask, std::move(ended));
  const std::lock_guard lock(mutex_);
  if (waits_.contains(key)) return fail(Code::invalid_request, "id", "a request that waits has this number");
  const auto [first, last] = of_session(waits_, key.mount, key.session);
  if (static_cast<std::size_t>(std::distance(first, last)) >= limits::waiting_requests)
    return fail(Code::too_many, "params.wait", "too many requests of this mount wait for locks");
  waits_.emplace(key, wait);
  return {};
}

void LockTable::begin(const WaitKey& key) {
  WaitPointer wait;
  {
    const std::lock_guard lock(mutex_);
    wait = waits_.at(key);
  }
  Endings endings;
  Turn turn(*this, wait->handle->key);
  bool gave_back = false, cancelled = false;
  {
    const std::lock_guard lock(mutex_);
    wait->file = turn.file;
    cancelled = wait->cancelled || !wait->ask.owner.mount->obeys(wait->ask.session);
    if (cancelled) finish(wait, EINTR, endings);
  }
  if (cancelled) return;
  const int error = attempt(turn, wait->ask, gave_back);
  {
    const std::lock_guard lock(mutex_);
    asked(wait, error, endings);
  }
  if (gave_back) retry(turn, endings);
}

// Those that wait get what they can have now, in the order in which they came.
void LockTable::retry(Turn& turn, Endings& endings) {
  for (bool again = true; again;) {
    again = false;
    std::vector<WaitPointer> waits;
    {
      const std::lock_guard lock(mutex_);
      waits = turn.file->waits;
    }
    for (const WaitPointer& wait : waits) {
      {
        const std::lock_guard lock(mutex_);
        if (wait->over || wait->asking) continue;
        if (!wait->ask.owner.mount->obeys(wait->ask.session)) {
          finish(wait, EINTR, endings);
          continue;
        }
        if (!in_the_way(*turn.file, wait->ask.owner, wait->ask.range).empty()) {
          if (never_ends(*wait)) finish(wait, EDEADLK, endings);
          continue;
        }
        wait->asking = true;
      }
      const int error = attempt(turn, wait->ask, again);
      const std::lock_guard lock(mutex_);
      asked(wait, error, endings);
    }
  }
}

// Of an attempt.
void LockTable::asked(const WaitPointer& wait, int error, Endings& endings) {
  File& file = *wait->file;
  wait->asking = false;
  if (error != EAGAIN) return finish(wait, error, endings);
  if (wait->counted) {
    end_use(file, wait->ask.owner);
  } else {
    wait->counted = true;
    file.waits.push_back(wait);
    waiting_.emplace(wait->ask.owner, wait);
  }
  if (wait->cancelled) return finish(wait, EINTR, endings);
  if (never_ends(*wait)) return finish(wait, EDEADLK, endings);
  // What is in the way is given back through this table, or it is a local program's.
  if (in_the_way(file, wait->ask.owner, wait->ask.range).empty()) ask_kernel(wait);
}

void LockTable::ask_kernel(const WaitPointer& wait) {
  wait->asking = true;
  wait->job = std::make_shared<LockThreads::Job>();
  const auto own = wait->file->owners.at(wait->ask.owner).file;
  wait->job->ask = [own, kind = wait->ask.owner.kind, range = wait->ask.range](bool waits) {
    return apply_lock(own->number(), kind, range, waits);
  };
  wait->job->ended = [this, wait, own](int error) { kernel_ended(wait, *own, error); };
  threads_.start(wait->job);
}

void LockTable::kernel_ended(const WaitPointer& wait, const Descriptor& own, int error) {
  Endings endings;
  Turn turn(*this, wait->handle->key);
  bool gave_back = wait->ask.range.type == fs::LockType::read;
  const bool granted = error == 0;
  // Once more, for what it has: its owner may lock with another open file by now.
  if (granted) error = attempt(turn, wait->ask, gave_back);
  if (granted && error != 0) {
    const LockRange range{wait->ask.range.begin, wait->ask.range.end, fs::LockType::unlock};
    apply_lock(own.number(), wait->ask.owner.kind, range, false);
    gave_back = true;
  }
  {
    const std::lock_guard lock(mutex_);
    wait->job.reset();
    if (granted) {
      asked(wait, error, endings);
    } else {
      finish(wait, error, endings);
    }
  }
  if (gave_back) retry(turn, endings);
}

void LockTable::finish(const WaitPointer& wait, int error, Endings& endings) {
  wait->over = true;
  waits_.erase(wait->key);
  endings.add(wait, error);
  if (!std::exchange(wait->counted, false)) return;
  File& file = *wait->file;
  std::erase(file.waits, wait);
  const auto [begin, end] = waiting_.equal_range(wait->ask.owner);
  for (auto at = begin; at != end; ++at) {
    if (at->second != wait) continue;
    waiting_.erase(at);
    break;
  }
  end_use(file, wait->ask.owner);
}

void LockTable::cancel(const WaitPointer& wait, Endings& endings) {
  if (!wait->asking) return finish(wait, EINTR, endings);  // it waits for another owner
  wait->cancelled = true;
  if (wait->job) threads_.interrupt(wait->job);
}

void LockTable::cancel(const WaitKey& key) {
  Endings endings;
  const std::lock_guard lock(mutex_);
  if (const auto found = waits_.find(key); found != waits_.end()) cancel(WaitPointer(found->second), endings);
}

void LockTable::cancel(const Locks* mount, const void* session) {
  Endings endings;
  const std::lock_guard lock(mutex_);
  std::vector<WaitPointer> all;
  const auto [first, last] = of_session(waits_, mount, session);
  for (auto at = first; at != last; ++at) all.push_back(at->second);
  for (const WaitPointer& wait : all) cancel(wait, endings);
}

// Whether those it waits for wait for its own owner, through however many others. The number of a
// flock's owner is not a process's, so there it cannot be known; the kernel does not look either.
bool LockTable::never_ends(const Wait& wait) const {
  if (wait.ask.owner.kind != fs::LockKind::posix) return false;
  std::set<LockOwner> seen;
  std::vector<LockOwner> next = in_the_way(*wait.file, wait.ask.owner, wait.ask.range);
  while (!next.empty()) {
    const LockOwner owner = next.back();
    next.pop_back();
    if (owner == wait.ask.owner) return true;
    if (!seen.insert(owner).second) continue;
    const auto [begin, end] = waiting_.equal_range(owner);
    for (auto at = begin; at != end; ++at) {
      const Wait& other = *at->second;
      for (const LockOwner& further : in_the_way(*other.file, owner, other.ask.range)) next.push_back(further);
    }
  }
  return false;
}

}  // namespace dftp::server
