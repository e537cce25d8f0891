#include "tests/support/packet_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace dftp::test {
namespace {

using namespace std::chrono_literals;

bool push(PacketRing& ring, LinkTime due, std::size_t size, std::byte value) {
  const MutableBytes room = ring.push(due, size);
  std::ranges::fill(room, value);
  return !room.empty();
}

TEST(PacketRing, a_new_one_is_empty) {
  EXPECT_TRUE(PacketRing(1024).empty());
}

TEST(PacketRing, gives_back_time_and_bytes_in_order) {
  PacketRing ring(1024);
  ASSERT_TRUE(push(ring, 5ns, 3, std::byte{1}));
  ASSERT_TRUE(push(ring, 7ns, 40, std::byte{2}));
  EXPECT_EQ(ring.front().due, 5ns);
  EXPECT_TRUE(std::ranges::equal(ring.front().bytes, std::vector(3, std::byte{1})));
  ring.pop();
  EXPECT_EQ(ring.front().due, 7ns);
  EXPECT_TRUE(std::ranges::equal(ring.front().bytes, std::vector(40, std::byte{2})));
  ring.pop();
  EXPECT_TRUE(ring.empty());
}

TEST(PacketRing, has_no_room_when_full_and_keeps_what_it_has) {
  PacketRing ring(1024);
  std::size_t held = 0;
  while (push(ring, 0ns, 100, std::byte{1})) ++held;
  EXPECT_GE(held, 6u);
  EXPECT_LE(held, 10u);
  for (std::size_t i = 0; i < held; ++i) ring.pop();
  EXPECT_TRUE(ring.empty());
}

TEST(PacketRing, has_no_room_for_what_is_larger_than_itself) {
  PacketRing ring(1024);
  EXPECT_FALSE(push(ring, 0ns, 2000, std::byte{1}));
  EXPECT_TRUE(ring.empty());
}

TEST(PacketRing, any_order_of_pushing_and_popping_loses_nothing) {
  PacketRing ring(5000);
  std::deque<std::pair<std::size_t, std::byte>> expected;
  std::mt19937 random(1);
  int refused = 0;
  for (int step = 0; step < 100'000; ++step) {
    if (random() % 2) {
      const std::size_t size = 1 + random() % 1500;
      const auto value = static_cast<std::byte>(random());
      push(ring, 0ns, size, value) ? expected.emplace_back(size, value), 0 : ++refused;
    } else if (!expected.empty()) {
      const auto [size, value] = expected.front();
      ASSERT_EQ(ring.front().bytes.size(), size);
      ASSERT_EQ(std::ranges::count(ring.front().bytes, value), static_cast<std::ptrdiff_t>(size));
      expected.pop_front();
      ring.pop();
    }
    ASSERT_EQ(ring.empty(), expected.empty());
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace dftp::test
