#include "proto/transfer/stall_clock.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

using namespace std::chrono_literals;

TEST(StallClock, ChargesWhatOutlastsTheOther) {
  const struct {
    const char* what;
    Step step;
    Stalls expected;
  } rows[] = {
      {"as long as each other", {.network = 5ms, .pool = 5ms}, {}},
      {"network", {.network = 5ms, .tls = 1ms, .pool = 2ms, .hashing = 2ms}, {.peer = 3000}},
      {"encrypting", {.network = 5ms, .tls = 4ms, .pool = 2ms}, {.tls = 3000}},
      {"disk", {.network = 1ms, .tls = 1ms, .pool = 4ms, .hashing = 1ms}, {.disk = 3000}},
      {"hashing", {.network = 1ms, .pool = 4ms, .hashing = 3ms}, {.hash = 3000}},
      {"a commit beside", {.network = 9ms, .pool = 1ms, .committing = 5ms}, {.peer = 3000, .disk = 5000}},
      {"a limit", {.network = 9ms, .limited = 7ms, .pool = 1ms}, {.peer = 1000, .limit = 7000}},
      {"a commit that lasts longer", {.network = 9ms, .pool = 1ms, .committing = 20ms}, {.disk = 8000}},
  };
  for (const auto& [what, step, expected] : rows) {
    SCOPED_TRACE(what);
    StallClock clock;
    clock.charge(step);
    EXPECT_EQ(clock.stalls().peer, expected.peer);
    EXPECT_EQ(clock.stalls().disk, expected.disk);
    EXPECT_EQ(clock.stalls().hash, expected.hash);
    EXPECT_EQ(clock.stalls().tls, expected.tls);
    EXPECT_EQ(clock.stalls().limit, expected.limit);
  }
}

TEST(StallClock, SumsUp) {
  StallClock clock;
  clock.wait_for_peer(2ms);
  clock.charge({.network = 3ms});
  clock.charge({.pool = 1ms});
  EXPECT_EQ(clock.stalls().peer, 5000);
  EXPECT_EQ(clock.stalls().disk, 1000);
}

TEST(StallClock, IsNotDueBeforeItsTime) {
  StallClock clock;
  EXPECT_FALSE(clock.due());
  clock.told();
  EXPECT_FALSE(clock.due());
}

TEST(LimitedBy, NamesWhatTookMostTime) {
  const struct {
    std::optional<Stalls> sender, receiver;
    std::optional<std::string_view> expected;
  } rows[] = {
      {Stalls{}, Stalls{}, std::nullopt},
      {std::nullopt, std::nullopt, std::nullopt},
      {Stalls{.peer = 9}, Stalls{.peer = 8, .disk = 1}, "network"},
      {Stalls{.peer = 9}, Stalls{.peer = 1, .disk = 8}, "receiver disk"},
      {Stalls{.peer = 1, .disk = 8}, Stalls{.peer = 9}, "sender disk"},
      {Stalls{.peer = 3, .hash = 4}, Stalls{.peer = 3, .hash = 3}, "hash"},
      {Stalls{.peer = 3, .tls = 4}, Stalls{.peer = 3, .tls = 3}, "tls"},
      {std::nullopt, Stalls{.peer = 9, .disk = 8}, "network"},
      {std::nullopt, Stalls{.peer = 7, .disk = 8}, "receiver disk"},
      {Stalls{.peer = 7, .disk = 8}, std::nullopt, "sender disk"},
  };
  for (const auto& [sender, receiver, expected] : rows)
    EXPECT_EQ(limited_by(sender, receiver, ServerRole::sends), expected);
}

TEST(LimitedBy, SaysWhoseLimitItWas) {
  const Stalls limited{.peer = 1, .limit = 9}, waits{.peer = 9};
  EXPECT_EQ(limited_by(limited, waits, ServerRole::sends), "server limit");
  EXPECT_EQ(limited_by(limited, waits, ServerRole::receives), "client limit");
  EXPECT_EQ(limited_by(waits, limited, ServerRole::receives), "server limit");
}

}  // namespace
}  // namespace dftp
