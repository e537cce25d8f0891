// Which byte ranges of a file are there: half-open ranges, merged as they touch. Value type.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace dftp {

class IntervalSet {
 public:
  using Range = std::pair<std::uint64_t, std::uint64_t>;  // begin, end

  void add(std::uint64_t begin, std::uint64_t end);
  void remove(std::uint64_t begin, std::uint64_t end);
  bool covers(std::uint64_t begin, std::uint64_t end) const;   // an empty range is always covered
  bool touches(std::uint64_t begin, std::uint64_t end) const;  // any byte of it is there
  // How many ranges it takes.
  std::size_t size() const { return ranges_.size(); }
  // What is missing between `begin` and `end`, in order.
  std::vector<Range> gaps(std::uint64_t begin, std::uint64_t end) const;

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // begin -> end
};

}  // namespace dftp
