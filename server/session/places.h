// A limited number of places: sessions, connections that have not said who they are.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace dftp {

using Taken = std::atomic<std::size_t>;

struct GiveBack {
  void operator()(Taken* taken) const { --*taken; }
};
// Held as long as the place is taken. The counter must outlive it.
using Place = std::unique_ptr<Taken, GiveBack>;

// Null when all `limit` places are taken. Thread-safe.
inline Place take_place(Taken& taken, std::size_t limit) {
  if (++taken > limit) {
    --taken;
    return nullptr;
  }
  return Place(&taken);
}

}  // namespace dftp
