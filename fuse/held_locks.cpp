#include "fuse/held_locks.h"

namespace dftp::mount {

void HeldLocks::set(const Owner& owner, const dftp::LockRange& range) {
  LockRanges& held = owners_[owner];
  held.set(range);
  if (held.empty()) owners_.erase(owner);
}

std::vector<dftp::LockRange> HeldLocks::all_of(const Owner& owner) const {
  std::vector<dftp::LockRange> held;
  if (const auto found = owners_.find(owner); found != owners_.end()) held = found->second.ranges();
  std::vector<dftp::LockRange> pieces;
  std::uint64_t end = 0;  // of what is in `pieces`
  for (const dftp::LockRange& range : held) {
    if (end < range.begin) pieces.push_back({end, range.begin, fs::LockType::unlock});
    end = range.end;
  }
  if (end < UINT64_MAX) pieces.push_back({end, UINT64_MAX, fs::LockType::unlock});
  pieces.insert(pieces.end(), held.begin(), held.end());
  return pieces;
}

}  // namespace dftp::mount
