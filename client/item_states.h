// What became of each thing of a transfer. What is settled is kept too, as the next attempt names all of a tree again:
// for trees of millions of files in a hash table without pointers, 11 to 22 bytes a thing.
#pragma once

#include <cstdint>
#include <vector>

namespace dftp::client {

enum class ItemState : std::uint8_t { unknown, announced, good, failed };

class ItemStates {
 public:
  // Things are known by a hash of their names. Two of the same hash, but for its lowest two bits, are one.
  ItemState get(std::uint64_t hash) const;
  // Not to unknown: nothing is forgotten.
  void set(std::uint64_t hash, ItemState state);
  std::size_t bytes() const { return slots_.size() * sizeof(std::uint64_t); }

 private:
  std::size_t slot_of(std::uint64_t hash) const;
  void grow();

  std::vector<std::uint64_t> slots_;  // the hash, its lowest two bits replaced by the state; 0: free
  std::size_t used_ = 0;
};

}  // namespace dftp::client
