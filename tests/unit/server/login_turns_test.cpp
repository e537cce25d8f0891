#include "server/guard/login_turns.h"

#include <gtest/gtest.h>
#include <algorithm>

#include "server/guard/guard.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

struct Try {
  LoginTurns turns;
  std::vector<std::string> order;
  std::map<std::string, int> running;
  int max = 0;
};

net::Task<void> try_one(Try& shared, std::string source, std::string name) {
  const auto turn = co_await shared.turns.take(source);
  shared.max = std::max(shared.max, ++shared.running[source]);
  auto pause = 1ms;
  co_await net::sleep_for(pause);
  shared.order.push_back(name);
  --shared.running[source];
}

net::Task<void> until_done(Try& shared, std::size_t count) {
  auto pause = 1ms;
  while (shared.order.size() < count) co_await net::sleep_for(pause);
}

TEST(LoginTurns, OneOfASourceAtATimeInTheOrderOfComing) {
  net::Loop loop;
  Try shared;
  for (int i = 0; i < 20; ++i) net::spawn(loop.executor(), try_one(shared, "a", std::to_string(i)));
  net::run_until_done(loop, until_done(shared, 20));
  EXPECT_EQ(shared.max, 1);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(shared.order[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(shared.turns.waiting(), 0u);
}

TEST(LoginTurns, AnotherSourceDoesNotWait) {
  net::Loop loop;
  Try shared;
  for (int i = 0; i < 20; ++i) net::spawn(loop.executor(), try_one(shared, "guesser", "wrong"));
  net::spawn(loop.executor(), try_one(shared, "honest", "right"));
  net::run_until_done(loop, until_done(shared, 21));
  const auto right = std::ranges::find(shared.order, "right") - shared.order.begin();
  EXPECT_LT(right, 3);
}

TEST(Guard, DropsEarlyAndNotBefore) {
  const CurrentConfig config{Config()};
  const Guard guard(config);
  EXPECT_FALSE(guard.drops(guard.newcomers / 20, 0));
  EXPECT_TRUE(guard.drops(guard.newcomers / 9, 0.25));
  EXPECT_FALSE(guard.drops(guard.newcomers / 9, 0.75));
  EXPECT_TRUE(guard.drops(guard.newcomers * 9 / 10, 0.9));
}

TEST(Guard, KeepsOutWhoGuessesUnlessSomebodyWorksThere) {
  const CurrentConfig config{Config()};
  Guard guard(config);
  for (const char* source : {"192.0.2.1", "192.0.2.2", "127.0.0.1"}) {
    for (int i = 0; i < 4; ++i) guard.offended(source, Offence::failed_login);
  }
  EXPECT_GT(guard.kept_out("192.0.2.1"), 0s);
  EXPECT_EQ(guard.kept_out("127.0.0.1"), 0s) << "exempt unless it is said otherwise";
  const auto session = guard.budgets.account("ada", "192.0.2.2")->take(Counted::sessions);
  EXPECT_EQ(guard.kept_out("192.0.2.2"), 0s);
}

TEST(Guard, FollowsTheConfiguration) {
  CurrentConfig config{Config{.max_sessions = 8}};
  Guard guard(config);
  config.set(Config{.max_sessions = 4, .penalties = false});
  guard.take_limits();
  EXPECT_EQ(guard.budgets.budget(Counted::sessions).all, 4u);
  for (int i = 0; i < 30; ++i) guard.offended("192.0.2.1", Offence::broken);
  EXPECT_EQ(guard.kept_out("192.0.2.1"), 0s);
}

TEST(Guard, KeepsNobodyOutWithoutPenalties) {
  const CurrentConfig config{Config{.penalties = false}};
  Guard guard(config);
  for (int i = 0; i < 30; ++i) guard.offended("192.0.2.1", Offence::broken);
  EXPECT_EQ(guard.kept_out("192.0.2.1"), 0s);
}

}  // namespace
}  // namespace dftp::server
