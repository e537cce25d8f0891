// Which byte ranges of a file are there: half-open ranges, merged as they touch. Value type.
#pragma once

#include <cstdint>
#include <map>

namespace dftp {

class IntervalSet {
 public:
  void add(std::uint64_t begin, std::uint64_t end);
  bool covers(std::uint64_t begin, std::uint64_t end) const;  // an empty range is always covered
  std::size_t pieces() const { return ranges_.size(); }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // begin -> end
};

}  // namespace dftp
