#include "server/guard/penalties.h"

#include <algorithm>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// OpenSSH's numbers, as of 9.8.
constexpr std::chrono::seconds cost_of(Offence offence) {
  switch (offence) {
    case Offence::failed_login: return 5s;
    case Offence::no_login: return 1s;
    case Offence::late_login:
    case Offence::broken: break;
  }
  return 10s;
}
// From so many on it is refused; more than that nobody gets.
constexpr auto least = 15s, max = 600s;

}  // namespace

void Penalties::add(const std::string& source, Offence offence, Time now) {
  const std::lock_guard lock(mutex_);
  while (!by_end_.empty() && by_end_.begin()->first <= now) forget(entries_.find(by_end_.begin()->second));
  auto found = entries_.find(source);
  if (found == entries_.end()) {
    if (entries_.size() >= max_) forget(entries_.find(by_end_.begin()->second));
    found = entries_.emplace(source, Entry{now}).first;
  } else {
    by_end_.erase({found->second.end, source});
  }
  Entry& entry = found->second;
  entry.end = std::min<Time>(entry.end + cost_of(offence), now + max);
  entry.refused = entry.refused || entry.end - now >= least;
  by_end_.emplace(entry.end, source);
}

Penalties::Clock::duration Penalties::refused_for(const std::string& source, Time now) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(source);
  if (found == entries_.end() || !found->second.refused || found->second.end <= now) return {};
  return found->second.end - now;
}

bool Penalties::lift(const std::string& source) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(source);
  if (found == entries_.end()) return false;
  forget(found);
  return true;
}

std::size_t Penalties::lift_all() {
  const std::lock_guard lock(mutex_);
  by_end_.clear();
  return std::exchange(entries_, {}).size();
}

std::vector<Penalties::Penalty> Penalties::list(Time now) const {
  const std::lock_guard lock(mutex_);
  std::vector<Penalty> all;
  for (const auto& [source, entry] : entries_) {
    if (entry.end > now)
      all.push_back({source, std::chrono::ceil<std::chrono::seconds>(entry.end - now), entry.refused});
  }
  return all;
}

void Penalties::forget(Entries::iterator entry) {
  by_end_.erase({entry->second.end, entry->first});
  entries_.erase(entry);
}

}  // namespace dftp::server
