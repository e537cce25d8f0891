// How long to wait before the next attempt: 0.2 s, doubling up to 10 s, of which a random half is taken off so that
// many clients do not come back at once.
#pragma once

#include <chrono>
#include <cstdint>

namespace dftp::client {

class Backoff {
 public:
  using Duration = std::chrono::steady_clock::duration;
  explicit Backoff(std::uint64_t seed) : state_(seed) {}

  // The wait before attempt 1, 2, ... since reset().
  Duration next();
  void reset() { step_ = 0; }

 private:
  std::uint64_t state_;
  int step_ = 0;
};

}  // namespace dftp::client
