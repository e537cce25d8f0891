#include "client/backoff.h"

#include <algorithm>

namespace dftp::client {
namespace {

using namespace std::chrono_literals;
constexpr Backoff::Duration first = 200ms;
constexpr int max_steps = 20;  // more than two days

// SplitMix64: enough to keep clients apart.
std::uint64_t random_from(std::uint64_t& state) {
  std::uint64_t value = state += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

Backoff::Duration Backoff::next() {
  const Duration whole = std::min<Duration>(first * (1 << step_), max_);
  step_ = std::min(step_ + 1, max_steps);
  const auto half = static_cast<std::uint64_t>(whole.count() / 2);
  return Duration(static_cast<Duration::rep>(half + random_from(state_) % (half + 1)));
}

}  // namespace dftp::client
