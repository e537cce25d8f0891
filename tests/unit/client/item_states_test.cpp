#include "client/item_states.h"

#include <gtest/gtest.h>

namespace dftp::client {
namespace {

// A hash as good as that of a name.
std::uint64_t hash_of(std::uint64_t number) {
  number = (number + 1) * 0x9e3779b97f4a7c15;
  return (number ^ (number >> 32)) * 0xd6e8feb86659fd93;
}

TEST(ItemStates, NothingIsKnownAtFirst) {
  EXPECT_EQ(ItemStates().get(7), ItemState::unknown);
  EXPECT_EQ(ItemStates().bytes(), 0u);
}

TEST(ItemStates, EachThingHasItsLastState) {
  ItemStates states;
  for (std::uint64_t i = 0; i < 100'000; ++i) states.set(hash_of(i), ItemState::announced);
  for (std::uint64_t i = 0; i < 100'000; i += 2) states.set(hash_of(i), ItemState::good);
  for (std::uint64_t i = 0; i < 100'000; i += 3) states.set(hash_of(i), ItemState::failed);
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const auto expected = i % 3 == 0 ? ItemState::failed : i % 2 == 0 ? ItemState::good : ItemState::announced;
    ASSERT_EQ(states.get(hash_of(i)), expected) << i;
  }
  EXPECT_EQ(states.get(hash_of(100'000)), ItemState::unknown);
}

TEST(ItemStates, ThingsWhoseHashesMeetAreToldApart) {
  ItemStates states;
  for (std::uint64_t i = 1; i <= 20; ++i) states.set(i << 32, i % 2 ? ItemState::good : ItemState::failed);
  for (std::uint64_t i = 1; i <= 20; ++i) EXPECT_EQ(states.get(i << 32), i % 2 ? ItemState::good : ItemState::failed);
  states.set(0, ItemState::good);
  EXPECT_EQ(states.get(0), ItemState::good);
}

TEST(ItemStates, AMillionThingsTakeFewBytesEach) {
  ItemStates states;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) states.set(hash_of(i), ItemState::announced);
  const auto before = states.bytes();
  EXPECT_LE(before, 1'000'000u * 22);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) states.set(hash_of(i), ItemState::good);
  EXPECT_EQ(states.bytes(), before);
}

}  // namespace
}  // namespace dftp::client
