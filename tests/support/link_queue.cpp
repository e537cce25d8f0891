#include "tests/support/link_queue.h"

#include <algorithm>

namespace dftp::test {

LinkQueue::Fine LinkQueue::line_time(std::uint64_t bytes) const {
  using Wide = unsigned __int128;
  return Fine(static_cast<std::int64_t>(Wide{bytes} * 8 * Fine::period::den / shape_.rate));
}

bool LinkQueue::unlucky() {
  // Not std::bernoulli_distribution: its draws differ between libraries.
  constexpr double one = std::uint64_t{1} << 53;
  return static_cast<double>(chance_() >> 11) < shape_.loss * one;
}

Passage LinkQueue::offer(LinkTime now, std::uint64_t bytes) {
  const Fine own = line_time(bytes + framing_bytes);
  const Fine start = std::max(free_at_, Fine(now));
  if (start > Fine(now) && start - Fine(now) + own > line_time(shape_.queue)) return {Fate::dropped, {}};
  free_at_ = start + own;
  return {unlucky() ? Fate::lost : Fate::arrives, std::chrono::ceil<LinkTime>(free_at_) + shape_.delay};
}

}  // namespace dftp::test
