#include "proto/wire/lock_ranges.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp {

std::optional<LockRange> lock_range(fs::LockType type, std::uint64_t start, std::uint64_t length) {
  if (start > limits::file_bytes || length > limits::file_bytes) return std::nullopt;
  // A last byte that off_t cannot hold is any byte: so the kernel writes the end of its ranges.
  const bool open_ended = length == 0 || length > limits::file_bytes - start;
  return LockRange{start, open_ended ? UINT64_MAX : start + length, type};
}

void LockRanges::set(const LockRange& range) {
  std::vector<LockRange> after;
  after.reserve(ranges_.size() + 2);
  for (const LockRange& old : ranges_) {
    const std::uint64_t before_end = std::min(old.end, range.begin), behind = std::max(old.begin, range.end);
    if (old.begin < before_end) after.push_back({old.begin, before_end, old.type});
    if (behind < old.end) after.push_back({behind, old.end, old.type});
  }
  if (range.type != fs::LockType::unlock)
    after.insert(std::ranges::lower_bound(after, range.begin, {}, &LockRange::begin), range);
  // Side by side and alike is one, so that locking byte by byte does not grow.
  ranges_.clear();
  for (const LockRange& next : after) {
    if (!ranges_.empty() && ranges_.back().end == next.begin && ranges_.back().type == next.type) {
      ranges_.back().end = next.end;
    } else {
      ranges_.push_back(next);
    }
  }
}

std::optional<LockRange> LockRanges::in_the_way_of(const LockRange& wanted) const {
  for (const LockRange& held : ranges_) {
    const bool both_read = held.type == fs::LockType::read && wanted.type == fs::LockType::read;
    if (held.begin < wanted.end && wanted.begin < held.end && !both_read) return held;
  }
  return std::nullopt;
}

}  // namespace dftp
