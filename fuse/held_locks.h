// Which locks the programs of this mount have in one file, as far as they know. Pure.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "proto/wire/lock_ranges.h"

namespace dftp::mount {

class HeldLocks {
 public:
  using Owner = std::pair<fs::LockKind, std::uint64_t>;

  void set(const Owner& owner, const dftp::LockRange& range);
  void drop(const Owner& owner) { owners_.erase(owner); }
  void clear() { owners_.clear(); }
  // The whole file as this owner has it, in pieces to ask for one after the other: first what it has not.
  std::vector<dftp::LockRange> all_of(const Owner& owner) const;
  std::size_t size() const { return owners_.size(); }

 private:
  std::map<Owner, LockRanges> owners_;  // those that have something
};

}  // namespace dftp::mount
