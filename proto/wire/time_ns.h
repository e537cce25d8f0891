// Times as nanoseconds since 1970 in 64 bits, which reach from 1677 to 2262; clocks of file systems reach further. A
// time beyond is told as the first or the last one that can be, never as one of another century. Pure.
#pragma once

#include <cstdint>
#include <limits>

namespace dftp {

inline constexpr std::int64_t nanoseconds_a_second = 1'000'000'000;

// `nanoseconds` count up from the second, also before 1970, as in a timespec.
constexpr std::int64_t nanoseconds_of(std::int64_t seconds, std::int64_t nanoseconds) {
  using Limits = std::numeric_limits<std::int64_t>;
  __extension__ using Wide = __int128;
  const Wide sum = static_cast<Wide>(seconds) * nanoseconds_a_second + nanoseconds;
  if (sum < Limits::min()) return Limits::min();
  return sum > Limits::max() ? Limits::max() : static_cast<std::int64_t>(sum);
}

struct SecondsAndNanoseconds {
  std::int64_t seconds = 0, nanoseconds = 0;
};
constexpr SecondsAndNanoseconds seconds_and_nanoseconds(std::int64_t ns) {
  const std::int64_t rest = ns % nanoseconds_a_second;
  const bool before = rest < 0;
  return {ns / nanoseconds_a_second - before, rest + (before ? nanoseconds_a_second : 0)};
}

// It stands for a time that cannot be told, or is so close to one that nobody knows.
constexpr bool is_beyond(std::int64_t ns) {
  return ns == std::numeric_limits<std::int64_t>::min() || ns == std::numeric_limits<std::int64_t>::max();
}

// The times that a file system can hold; beyond them it takes the nearest, and of each step the first.
struct KeptTimes {
  std::int64_t first = std::numeric_limits<std::int64_t>::min(), last = std::numeric_limits<std::int64_t>::max();
  std::int64_t step = 1;

  // What is left of a time there.
  constexpr std::int64_t kept(std::int64_t ns) const {
    const std::int64_t within = ns < first ? first : ns > last ? last : ns;
    if (step <= 1) return within;
    const std::int64_t over = (within % step + step) % step;
    return within < std::numeric_limits<std::int64_t>::min() + over ? within : within - over;
  }
  bool same(std::int64_t one, std::int64_t other) const { return kept(one) == kept(other); }
};

}  // namespace dftp
