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

bool IntervalSet::covers(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return true;
  auto range = ranges_.upper_bound(begin);
  return range != ranges_.begin() && std::prev(range)->second >= end;
}

}  // namespace dftp
