// How many data connections a transfer is worth, found out while it runs. Pure: the caller brings time and figures.
//
// A connection is slow for one of two reasons that others beside it make up for: TCP cuts its speed when a segment is
// lost, and never has more under way than the kernel's buffers hold. Where nothing is lost and the line is
// full, more connections only fill its queue until something is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace dftp::client {

class ConnectionScaler {
 public:
  static constexpr std::chrono::milliseconds interval{250};

  ConnectionScaler(std::size_t connections, std::size_t max) : connections_(connections), max_(max) {}

  // Once every `interval`: how much has moved since the beginning, and how many segments were lost on the way there.
  // Returns how many connections there shall be; never fewer than before.
  std::size_t step(std::uint64_t bytes, std::uint64_t lost_segments);

 private:
  void judge(std::uint64_t rate);

  // Rates are bytes in so many intervals.
  static constexpr std::size_t intervals = 4;
  // With one segment in a thousand lost, at 100 ms, a connection with BBR carried 18 MB/s: so many fill a gigabit.
  static constexpr std::size_t on_a_lossy_path = 8;

  std::size_t connections_, max_;
  std::size_t steps_ = 0;
  std::uint64_t begin_bytes_ = 0;
  std::uint64_t last_rate_ = 0;
  std::uint64_t before_more_ = 0;  // the rate when the last ones were added; 0: none were
  bool settled_ = false;           // more did not help, or segments were lost
};

}  // namespace dftp::client
