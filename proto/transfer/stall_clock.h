// What held a transfer up: two things go on beside each other on each connection, the network's (reading or writing,
// with TLS) and the pool's (the disk, with hashing); of each step, the time by which one outlasts the other is charged
// to it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "proto/net/async.h"
#include "proto/wire/limits.h"
#include "proto/wire/message.h"

namespace dftp {

// What one connection did in one step.
struct Step {
  net::Duration network{}, tls{};   // `tls`: the part of `network` that was computing
  net::Duration limited{};          // the part of `network` in which a rate limit held data back
  net::Duration pool{}, hashing{};  // `hashing` likewise
  net::Duration committing{};       // the pool did this meanwhile for files that are complete
};

class StallClock {
 public:
  using Clock = std::chrono::steady_clock;

  void charge(const Step& step);
  // Nothing to do but wait for the other end.
  void wait_for_peer(net::Duration time) { peer_ += time; }
  Stalls stalls() const;
  // Whether it is time to tell the other end; told() sets the next time.
  bool due() const { return Clock::now() >= due_; }
  void told();

 private:
  net::Duration peer_{}, disk_{}, hash_{}, tls_{}, limit_{};
  Clock::time_point due_ = Clock::now() + limits::stalls_first;
  net::Duration interval_ = limits::stalls_first;
};

enum class ServerRole { sends, receives };

// "network", "sender disk", "receiver disk", "hash", "tls", "server limit" or "client limit": the most time was lost to
// it. nullopt when none was. The network is what both ends wait for; of an end that has told nothing, only the other's
// waiting counts.
std::optional<std::string_view> limited_by(const std::optional<Stalls>& sender, const std::optional<Stalls>& receiver,
                                           ServerRole server);

// What comes to it at its end, and the time that took.
template <class T>
net::Task<T> timed(net::Task<T> task, net::Duration& took) {
  const auto begun = StallClock::Clock::now();
  T result = co_await std::move(task);
  took = StallClock::Clock::now() - begun;
  co_return result;
}

}  // namespace dftp
