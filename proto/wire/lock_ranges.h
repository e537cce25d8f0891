// The ranges of one file that one owner has locked.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proto/wire/mount_files.h"

namespace dftp {

// From the first byte up to and without the last one; UINT64_MAX: to the end of the file, wherever that is.
struct LockRange {
  std::uint64_t begin = 0, end = 0;
  fs::LockType type = fs::LockType::unlock;
  friend bool operator==(const LockRange&, const LockRange&) = default;
};

// As a request says it; nullopt for one that no file can have.
std::optional<LockRange> lock_range(fs::LockType type, std::uint64_t start, std::uint64_t length);

class LockRanges {
 public:
  // What the range is afterwards, whatever it was before.
  void set(const LockRange& range);
  bool empty() const { return ranges_.empty(); }
  // The first one that keeps another owner from getting `wanted`.
  std::optional<LockRange> in_the_way_of(const LockRange& wanted) const;
  const std::vector<LockRange>& ranges() const { return ranges_; }

 private:
  std::vector<LockRange> ranges_;  // in order, none overlaps another
};

}  // namespace dftp
