#include "tests/support/link_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace dftp::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t full_packet = 1500;

// A line that takes 8 microseconds for each byte, so that a packet of 62 bytes and its framing take 800.
LinkShape slow_line() {
  return {.rate = 1'000'000, .delay = 50ms, .loss = 0, .queue = 1 << 20};
}

struct Offer {
  const char* what;
  LinkTime at;
  std::uint64_t bytes;
  Fate fate;
  LinkTime arrival;
};

void expect_passages(LinkQueue queue, const std::vector<Offer>& offers) {
  for (const Offer& offer : offers) {
    const Passage passage = queue.offer(offer.at, offer.bytes);
    EXPECT_EQ(passage.fate, offer.fate) << offer.what;
    if (offer.fate == Fate::arrives) {
      EXPECT_EQ(passage.arrival, offer.arrival) << offer.what;
    }
  }
}

TEST(LinkQueue, a_packet_arrives_when_the_line_has_carried_it_and_the_delay_is_over) {
  expect_passages(LinkQueue(slow_line(), 1), {
                                                 {"first", 0us, 62, Fate::arrives, 50'800us},
                                                 {"behind the first", 0us, 162, Fate::arrives, 52'400us},
                                                 {"while the second is carried", 2000us, 62, Fate::arrives, 53'200us},
                                                 {"to an idle line", 10'000us, 62, Fate::arrives, 60'800us},
                                             });
}

TEST(LinkQueue, what_does_not_fit_behind_the_others_is_dropped_and_takes_no_time) {
  LinkShape shape = slow_line();
  shape.queue = 250;
  expect_passages(LinkQueue(shape, 1), {
                                           {"starts at once", 0us, 62, Fate::arrives, 50'800us},
                                           {"200 bytes wait", 0us, 62, Fate::arrives, 51'600us},
                                           {"there would be 300", 0us, 62, Fate::dropped, {}},
                                           {"a smaller one fits", 0us, 12, Fate::arrives, 52'000us},
                                           {"not one byte more", 0us, 1, Fate::dropped, {}},
                                           {"100 bytes have gone", 800us, 62, Fate::arrives, 52'800us},
                                       });
}

TEST(LinkQueue, an_idle_line_takes_what_is_larger_than_the_queue) {
  LinkShape shape = slow_line();
  shape.queue = 1;
  expect_passages(LinkQueue(shape, 1), {
                                           {"idle", 0us, 62, Fate::arrives, 50'800us},
                                           {"not idle", 799us, 62, Fate::dropped, {}},
                                           {"idle again", 800us, 62, Fate::arrives, 51'600us},
                                       });
}

TEST(LinkQueue, a_long_row_of_packets_leaves_at_exactly_the_rate) {
  for (const std::uint64_t rate : {1'000'000ull, 999'999'937ull, 40'000'000'000ull}) {
    LinkQueue queue({.rate = rate, .delay = 0ns, .loss = 0, .queue = 1ull << 40}, 1);
    constexpr std::uint64_t count = 100'000;
    LinkTime last{};
    for (std::uint64_t i = 0; i < count; ++i) last = queue.offer(0ns, full_packet).arrival;
    const double seconds = count * (full_packet + framing_bytes) * 8.0 / static_cast<double>(rate);
    EXPECT_NEAR(std::chrono::duration<double>(last).count() / seconds, 1, 1e-5) << rate;
  }
}

std::vector<bool> losses(double loss, std::uint64_t seed, std::size_t count) {
  LinkShape shape = slow_line();
  shape.loss = loss;
  shape.queue = 1ull << 30;
  LinkQueue queue(shape, seed);
  std::vector<bool> lost;
  for (std::size_t i = 0; i < count; ++i) lost.push_back(queue.offer(0ns, 1).fate == Fate::lost);
  return lost;
}

TEST(LinkQueue, loses_as_many_as_asked) {
  EXPECT_EQ(std::ranges::count(losses(0, 1, 10'000), true), 0);
  EXPECT_EQ(std::ranges::count(losses(1, 1, 10'000), true), 10'000);
  EXPECT_NEAR(std::ranges::count(losses(0.01, 1, 1'000'000), true), 10'000, 500);
}

TEST(LinkQueue, the_seed_decides_which_are_lost) {
  EXPECT_EQ(losses(0.1, 7, 1000), losses(0.1, 7, 1000));
  EXPECT_NE(losses(0.1, 7, 1000), losses(0.1, 8, 1000));
}

TEST(LinkQueue, a_lost_packet_takes_its_time_on_the_line) {
  LinkShape shape = slow_line();
  shape.loss = 1;
  LinkQueue queue(shape, 1);
  EXPECT_EQ(queue.offer(0us, 62).fate, Fate::lost);
  queue.lose(0);
  EXPECT_EQ(queue.offer(0us, 62).arrival, 51'600us);
}

TEST(LinkQueue, a_dropped_packet_draws_no_lot) {
  LinkShape shape = slow_line();
  shape.loss = 0.5;
  shape.queue = 1;
  const std::vector<bool> undisturbed = losses(0.5, 1, 100);
  LinkQueue queue(shape, 1);
  for (int i = 0; i < 100; ++i) {
    const LinkTime idle = i * 1s;
    EXPECT_EQ(queue.offer(idle, 62).fate == Fate::lost, undisturbed[static_cast<std::size_t>(i)]);
    EXPECT_EQ(queue.offer(idle, 62).fate, Fate::dropped);
  }
}

}  // namespace
}  // namespace dftp::test
