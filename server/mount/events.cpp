#include "server/mount/events.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// Far less than a frame holds, so that what is urgent does not wait behind it.
constexpr std::size_t changes_per_frame = 256;

// The more changes are kept, the fewer names of each: all together they take no more than some megabytes.
constexpr std::size_t changes_with_names = 256, names_of_others = 4;
std::size_t max_names(std::size_t changes) {
  return changes <= changes_with_names ? limits::mount_event_names : names_of_others;
}

bool has_entries(const fs::Change& change) {
  return std::ranges::find(change.what, fs::What::entries) != change.what.end();
}

// Without names it is any of them.
void forget_names(fs::Change& change, std::size_t max) {
  if (change.names.size() > max) change.names = {};
}

void merge(fs::Change& into, fs::Change&& more) {
  const bool any = (has_entries(into) && into.names.empty()) || (has_entries(more) && more.names.empty());
  for (const fs::What what : more.what)
    if (std::ranges::find(into.what, what) == into.what.end()) into.what.push_back(what);
  for (Name& name : more.names)
    if (std::ranges::find(into.names, name) == into.names.end()) into.names.push_back(std::move(name));
  if (any) into.names = {};
}

}  // namespace

std::uint64_t Events::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::uint64_t Events::next() {
  const std::lock_guard lock(mutex_);
  return ++last_;
}

void Events::add(fs::Change change) {
  std::function<void()> ready;
  {
    const std::lock_guard lock(mutex_);
    if (unsent_.empty() && !missed_) ready = ready_;
    const std::uint64_t number = ++last_;
    if (const auto known = numbers_.find(change.node); known != numbers_.end()) {
      auto old = unsent_.extract(known->second);
      merge(old.mapped(), std::move(change));
      change = std::move(old.mapped());
    }
    forget_names(change, max_names(unsent_.size()));
    numbers_[change.node] = number;
    unsent_.emplace(number, std::move(change));
    if (unsent_.size() > limits::mount_kept_events) {
      missed_ = true;
      lost_ = last_;
      unsent_.clear();
      numbers_.clear();
      sent_.clear();
    }
  }
  if (ready) ready();
}

void Events::add_missed() {
  std::function<void()> ready;
  {
    const std::lock_guard lock(mutex_);
    missed_ = true;
    lost_ = ++last_;
    unsent_.clear();
    numbers_.clear();
    sent_.clear();
    ready = ready_;
  }
  if (ready) ready();
}

Events::Listening Events::listen(std::function<void()> ready, std::uint64_t seen) {
  const std::lock_guard lock(mutex_);
  ready_ = std::move(ready);
  const bool whole = rewind(seen);
  return {++listener_, whole};
}

std::optional<fs::Changed> Events::take(std::uint64_t listener) {
  const std::lock_guard lock(mutex_);
  if (listener != listener_ || (!missed_ && unsent_.empty())) return std::nullopt;
  fs::Changed frame{.number = lost_, .changes = {}, .missed = std::exchange(missed_, false)};
  while (!unsent_.empty() && frame.changes.size() < changes_per_frame) {
    auto next = unsent_.extract(unsent_.begin());
    numbers_.erase(next.mapped().node);
    frame.number = next.key();
    frame.changes.push_back(next.mapped());
    forget_names(next.mapped(), max_names(sent_.size()));
    sent_.emplace_back(next.key(), std::move(next.mapped()));
  }
  while (sent_.size() > limits::mount_kept_events) {
    lost_ = sent_.front().first;
    sent_.pop_front();
  }
  return frame;
}

bool Events::rewind(std::uint64_t seen) {
  const bool whole = !missed_ && seen >= lost_ && seen <= last_;
  missed_ = false;
  while (!sent_.empty()) {
    auto [number, change] = std::move(sent_.back());
    sent_.pop_back();
    if (number <= seen) break;
    if (const auto later = numbers_.find(change.node); later != numbers_.end()) {
      fs::Change& known = unsent_[later->second];
      merge(known, std::move(change));
      forget_names(known, max_names(unsent_.size()));
      continue;
    }
    numbers_[change.node] = number;
    unsent_.emplace(number, std::move(change));
  }
  sent_.clear();
  lost_ = std::max(lost_, std::min(seen, last_));
  return whole;
}

}  // namespace dftp::server
