#include "proto/transfer/interval_set.h"

#include <algorithm>

namespace dftp {

void IntervalSet::add(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  auto range = ranges_.upper_bound(begin);
  if (range != ranges_.begin() && std::prev(range)->second >= begin) --range;
  while (range != ranges_.end() && range->first <= end) {
    begin = std::min(begin, range->first);
    end = std::max(end, range->second);
    range = ranges_.erase(range);
  }
  ranges_.emplace(begin, end);
}

void IntervalSet::remove(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  auto range = ranges_.upper_bound(begin);
  if (range != ranges_.begin() && std::prev(range)->second > begin) --range;
  while (range != ranges_.end() && range->first < end) {
    const Range old = *range;
    range = ranges_.erase(range);
    if (old.first < begin) ranges_.emplace(old.first, begin);
    if (old.second > end) ranges_.emplace(end, old.second);
  }
}

bool IntervalSet::touches(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return false;
  const auto range = ranges_.lower_bound(end);
  return range != ranges_.begin() && std::prev(range)->second > begin;
}

std::vector<IntervalSet::Range> IntervalSet::gaps(std::uint64_t begin, std::uint64_t end) const {
  std::vector<Range> missing;
  auto range = ranges_.upper_bound(begin);
  if (range != ranges_.begin()) begin = std::max(begin, std::prev(range)->second);
  for (; range != ranges_.end() && range->first < end; ++range) {
    missing.emplace_back(begin, range->first);
    begin = range->second;
  }
  if (begin < end) missing.emplace_back(begin, end);
  return missing;
}

bool IntervalSet::covers(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return true;
  auto range = ranges_.upper_bound(begin);
  return range != ranges_.begin() && std::prev(range)->second >= end;
}

}  // namespace dftp
