// How many data connections a path is worth: one congestion window is soon as large as a short path needs. The policy
// of docs/decisions/0006.
#pragma once

#include <algorithm>
#include <array>

#include "proto/net/async.h"

namespace dftp::client {

struct StreamCounts {
  net::Duration round_trip_below;
  // Opened along with the control connection; that a large transfer begins with; that it may come to.
  std::uint32_t early, streams, max;
};

inline const StreamCounts& streams_for(net::Duration round_trip) {
  using namespace std::chrono_literals;
  static constexpr std::array<StreamCounts, 3> table{
      {{2ms, 1, 1, 1}, {20ms, 1, 4, 8}, {net::Duration::max(), 4, 4, 16}}};
  return *std::ranges::find_if(table, [&](const auto& row) { return round_trip < row.round_trip_below; });
}

}  // namespace dftp::client
