#include "client/item_states.h"

#include <utility>

namespace dftp::client {
namespace {

constexpr std::size_t first_slots = 64;
constexpr std::uint64_t state_bits = 3;

bool same_thing(std::uint64_t one, std::uint64_t other) {
  return ((one ^ other) & ~state_bits) == 0;
}

}  // namespace

// Where it is, or would be put. There is always a free slot.
std::size_t ItemStates::slot_of(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (hash >> 2) & mask;
  while (slots_[at] != 0 && !same_thing(slots_[at], hash)) at = (at + 1) & mask;
  return at;
}

ItemState ItemStates::get(std::uint64_t hash) const {
  return slots_.empty() ? ItemState::unknown : static_cast<ItemState>(slots_[slot_of(hash)] & state_bits);
}

void ItemStates::set(std::uint64_t hash, ItemState state) {
  if (slots_.size() * 3 / 4 <= used_) grow();
  std::uint64_t& slot = slots_[slot_of(hash)];
  if (slot == 0) ++used_;
  slot = (hash & ~state_bits) | static_cast<std::uint64_t>(state);
}

void ItemStates::grow() {
  const std::size_t more = slots_.empty() ? first_slots : slots_.size() * 2;
  const auto before = std::exchange(slots_, std::vector<std::uint64_t>(more));
  for (const std::uint64_t slot : before) {
    if (slot != 0) slots_[slot_of(slot)] = slot;
  }
}

}  // namespace dftp::client
