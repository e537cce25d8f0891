#include "client/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace dftp::client {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesFromAFifthOfASecondToTen) {
  Backoff backoff(1);
  for (const auto whole : {200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 10000ms, 10000ms, 10000ms}) {
    const auto delay = backoff.next();
    EXPECT_LE(delay, whole);
    EXPECT_GE(delay, whole / 2);
  }
}

TEST(Backoff, BeginsAnewAfterReset) {
  Backoff backoff(1);
  for (int i = 0; i < 8; ++i) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), 200ms);
}

TEST(Backoff, GrowsAsFarAsItIsTold) {
  Backoff backoff(1, 2min);
  for (int i = 0; i < 100; ++i) EXPECT_LE(backoff.next(), 2min);
  EXPECT_GE(backoff.next(), 1min);
}

TEST(Backoff, ClientsDoNotComeBackAtOnce) {
  std::set<Backoff::Duration> delays;
  for (std::uint64_t seed = 0; seed < 100; ++seed) delays.insert(Backoff(seed).next());
  EXPECT_GT(delays.size(), 95u);
}

}  // namespace
}  // namespace dftp::client
