#include "client/thing_states.h"

#include <gtest/gtest.h>

namespace dftp::client {
namespace {

// A hash as good as that of a name.
std::uint64_t hash_of(std::uint64_t number) {
  number = (number + 1) * 0x9e3779b97f4a7c15;
  return (number ^ (number >> 32)) * 0xd6e8feb86659fd93;
}

TEST(ThingStates, NothingIsKnownAtFirst) {
  EXPECT_EQ(ThingStates().get(7), ThingState::unknown);
  EXPECT_EQ(ThingStates().bytes(), 0u);
}

TEST(ThingStates, EachThingHasItsLastState) {
  ThingStates states;
  for (std::uint64_t i = 0; i < 100'000; ++i) states.set(hash_of(i), ThingState::announced);
  for (std::uint64_t i = 0; i < 100'000; i += 2) states.set(hash_of(i), ThingState::good);
  for (std::uint64_t i = 0; i < 100'000; i += 3) states.set(hash_of(i), ThingState::failed);
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const auto expected = i % 3 == 0 ? ThingState::failed : i % 2 == 0 ? ThingState::good : ThingState::announced;
    ASSERT_EQ(states.get(hash_of(i)), expected) << i;
  }
  EXPECT_EQ(states.get(hash_of(100'000)), ThingState::unknown);
}

TEST(ThingStates, ThingsWhoseHashesMeetAreToldApart) {
  ThingStates states;
  for (std::uint64_t i = 1; i <= 20; ++i) states.set(i << 32, i % 2 ? ThingState::good : ThingState::failed);
  for (std::uint64_t i = 1; i <= 20; ++i) EXPECT_EQ(states.get(i << 32), i % 2 ? ThingState::good : ThingState::failed);
  states.set(0, ThingState::good);
  EXPECT_EQ(states.get(0), ThingState::good);
}

TEST(ThingStates, AMillionThingsTakeFewBytesEach) {
  ThingStates states;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) states.set(hash_of(i), ThingState::announced);
  const auto before = states.bytes();
  EXPECT_LE(before, 1'000'000u * 22);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) states.set(hash_of(i), ThingState::good);
  EXPECT_EQ(states.bytes(), before);
}

}  // namespace
}  // namespace dftp::client
