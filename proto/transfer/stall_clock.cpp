#include "proto/transfer/stall_clock.h"

#include <algorithm>

namespace dftp {
namespace {

std::int64_t microseconds(net::Duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

}  // namespace

void StallClock::charge(const Step& step) {
  if (step.pool > step.network) {
    (step.hashing * 2 > step.pool ? hash_ : disk_) += step.pool - step.network;
    return;
  }
  auto idle = step.network - step.pool;
  const auto limited = std::min(step.limited, idle);
  limit_ += limited;
  idle -= limited;
  const auto committing = std::min(step.committing, idle);
  disk_ += committing;
  (step.tls * 2 > step.network ? tls_ : peer_) += idle - committing;
}

Stalls StallClock::stalls() const {
  return {microseconds(peer_), microseconds(disk_), microseconds(hash_), microseconds(tls_), microseconds(limit_)};
}

void StallClock::told() {
  interval_ = std::min<net::Duration>(interval_ * 2, limits::stalls_interval);
  due_ = Clock::now() + interval_;
}

std::optional<std::string_view> limited_by(const std::optional<Stalls>& sender, const std::optional<Stalls>& receiver,
                                           ServerRole server) {
  const Stalls out = sender.value_or(Stalls()), in = receiver.value_or(Stalls());
  const Stalls& serving = server == ServerRole::sends ? out : in;
  const Stalls& calling = server == ServerRole::sends ? in : out;
  const auto network = sender && receiver ? std::min(out.peer, in.peer) : out.peer + in.peer;
  const std::pair<std::int64_t, std::string_view> causes[] = {
      {network, "network"},
      {out.disk, "sender disk"},
      {in.disk, "receiver disk"},
      {out.hash + in.hash, "hash"},
      {out.tls + in.tls, "tls"},
      {serving.limit, "server limit"},
      {calling.limit, "client limit"},
  };
  const auto& [time, name] = *std::ranges::max_element(causes, {}, [](const auto& cause) { return cause.first; });
  if (time == 0) return std::nullopt;
  return name;
}

}  // namespace dftp
