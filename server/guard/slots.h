// A limited number of slots: sessions, connections that have not said who they are.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace dftp::server {

using SlotCount = std::atomic<std::size_t>;

struct GiveBack {
  std::shared_ptr<void> with{};  // goes at the same time
  void operator()(SlotCount* taken) {
    with.reset();
    --*taken;
  }
};
// Held as long as the slot is taken. The counter must outlive it.
using Slot = std::unique_ptr<SlotCount, GiveBack>;

// Null when all `limit` slots are taken. Thread-safe.
inline Slot take_slot(SlotCount& taken, std::size_t limit) {
  if (++taken > limit) {
    --taken;
    return nullptr;
  }
  return Slot(&taken);
}

}  // namespace dftp::server
