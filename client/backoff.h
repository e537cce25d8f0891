// How long to wait before the next attempt: 0.2 s, doubling up to 10 s or what is given, of which a random half is
// taken off so that many clients do not come back at once.
#pragma once

#include <chrono>
#include <cstdint>

namespace dftp::client {

class Backoff {
 public:
  using Duration = std::chrono::steady_clock::duration;
  static constexpr Duration usual_max = std::chrono::seconds(10);
  explicit Backoff(std::uint64_t seed, Duration max = usual_max) : state_(seed), max_(max) {}

  // The wait before attempt 1, 2, ... since reset().
  Duration next();
  void reset() { step_ = 0; }

 private:
  std::uint64_t state_;
  Duration max_;
  int step_ = 0;
};

}  // namespace dftp::client
