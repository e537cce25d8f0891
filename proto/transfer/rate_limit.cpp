#include "proto/transfer/rate_limit.h"

#include <algorithm>

namespace dftp {
namespace {

constexpr std::uint64_t pieces_a_second = 20;
constexpr std::uint64_t least_piece = 1024;            // below that headers and system calls are most of the work
constexpr std::uint64_t max_piece = 256 * 1024;        // above that nothing is gained
constexpr auto slack = std::chrono::milliseconds(50);  // a timer that is late must not cost throughput

}  // namespace

std::size_t RateLimit::piece() const {
  const std::uint64_t rate = rate_;
  return rate == 0 ? max_piece : std::clamp(rate / pieces_a_second, least_piece, max_piece);
}

RateLimit::Clock::time_point RateLimit::book(std::size_t bytes, Clock::time_point now) {
  const std::uint64_t rate = rate_;
  if (rate == 0) return now;
  const std::chrono::duration<double> takes(static_cast<double>(bytes) / static_cast<double>(rate));
  const std::lock_guard lock(mutex_);
  const auto start = std::max(next_, now - slack);
  next_ = start + std::chrono::duration_cast<Clock::duration>(takes);
  return start;
}

}  // namespace dftp
