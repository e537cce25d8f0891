// One direction of a link in virtual time: a drop-tail queue before a line of a given rate, which loses some of what it
// carries and delivers the rest after a fixed delay, in order. Pure: the caller brings the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace dftp::test {

using LinkTime = std::chrono::nanoseconds;  // since any one moment

// What Ethernet adds to each packet: preamble, header, checksum and the gap between frames.
inline constexpr std::uint64_t framing_bytes = 38;

struct LinkShape {
  std::uint64_t rate = 1'000'000'000;  // bits per second, framing included
  LinkTime delay{};                    // from the line's end of a packet to its arrival
  double loss = 0;                     // probability, for each packet by itself
  std::uint64_t queue = 1 << 20;       // bytes that may wait, framing included
};

enum class Fate : std::uint8_t {
  arrives,
  lost,     // on the line, whose time it takes all the same
  dropped,  // the queue was full
};

struct Passage {
  Fate fate;
  LinkTime arrival;  // when it arrives
};

class LinkQueue {
 public:
  // The same seed loses the same packets, counted in the order in which they are carried.
  LinkQueue(const LinkShape& shape, std::uint64_t seed) : shape_(shape), chance_(seed) {}

  // A packet of `bytes` without framing that comes at `now`, which never goes back.
  Passage offer(LinkTime now, std::uint64_t bytes);
  void lose(double loss) { shape_.loss = loss; }

 private:
  // Whole nanoseconds would add up to a wrong rate on fast lines.
  using Fine = std::chrono::duration<std::int64_t, std::pico>;
  Fine line_time(std::uint64_t bytes) const;
  bool unlucky();

  LinkShape shape_;
  std::mt19937_64 chance_;
  Fine free_at_{};  // when the line will have carried all that was taken
};

}  // namespace dftp::test
