#include "server/guard/budgets.h"

#include <gtest/gtest.h>

#include "server/observe/source.h"

namespace dftp::server {
namespace {

BudgetTable table() {
  return budget_table({.sessions = 40, .sessions_per_user = 10, .sessions_per_source = 5, .descriptors = 1024});
}

TEST(Budgets, NeitherAUserNorASourceHasMoreThanItMay) {
  Budgets budgets(table());
  std::vector<Portion> shares;
  for (const char* source : {"a", "b"}) {
    const auto account = budgets.account("ada", source);
    for (int i = 0; i < 5; ++i) {
      auto share = account->take(Counted::sessions);
      ASSERT_TRUE(share);
      shares.push_back(std::move(*share));
    }
    EXPECT_FALSE(account->take(Counted::sessions)) << "the source has five";
  }
  EXPECT_FALSE(budgets.account("ada", "c")->take(Counted::sessions)) << "the user has ten";
  EXPECT_TRUE(budgets.account("ben", "c")->take(Counted::sessions));
}

TEST(Budgets, WhatGoesIsGivenBackOnce) {
  Budgets budgets(table());
  const auto account = budgets.account("ada", "a");
  {
    auto share = account->take(Counted::sessions, 5);
    ASSERT_TRUE(share);
    Portion moved = std::move(*share);
    EXPECT_FALSE(account->take(Counted::sessions));
    share.reset();
    EXPECT_FALSE(account->take(Counted::sessions));
    moved.set(4);
    EXPECT_TRUE(account->take(Counted::sessions));
  }
  EXPECT_TRUE(account->take(Counted::sessions, 5));
}

TEST(Budgets, ARefusalTakesNothing) {
  Budgets budgets(table());
  const auto account = budgets.account("ada", "a");
  EXPECT_FALSE(account->take(Counted::sessions, 6));
  EXPECT_FALSE(budgets.has("a", Counted::sessions));
  EXPECT_TRUE(account->take(Counted::sessions, 5));
}

TEST(Budgets, OfAllThereIsSomethingLeftForOthers) {
  Budgets budgets(
      budget_table({.sessions = 40, .sessions_per_user = 0, .sessions_per_source = 0, .descriptors = 1024}));
  const auto greedy = budgets.account("anonymous", "a");
  std::vector<Portion> sessions;
  while (auto share = greedy->take(Counted::sessions)) sessions.push_back(std::move(*share));
  EXPECT_EQ(sessions.size(), 30u);
  EXPECT_TRUE(budgets.account("ada", "b")->take(Counted::sessions));
  const auto descriptors = greedy->take(Counted::descriptors, 600);
  EXPECT_TRUE(descriptors);
  EXPECT_FALSE(greedy->take(Counted::descriptors, 100));
  EXPECT_TRUE(budgets.account("ada", "b")->take(Counted::descriptors, 200));
  EXPECT_FALSE(budgets.account("ben", "c")->take(Counted::descriptors, 400)) << "an eighth is kept back";
}

TEST(Budgets, HalfOfTheWatchesAreOneUsers) {
  Budgets budgets(budget_table({.sessions = 40, .descriptors = 1024, .watches = 8}));
  const auto ada = budgets.account("ada", "a"), ben = budgets.account("ben", "a"), eve = budgets.account("eve", "b");
  const auto four = ada->take(Counted::watches, 4);
  EXPECT_TRUE(four);
  EXPECT_FALSE(ada->take(Counted::watches));
  EXPECT_FALSE(budgets.account("ada", "b")->take(Counted::watches));
  const auto two = ben->take(Counted::watches, 2);
  EXPECT_TRUE(two);
  EXPECT_FALSE(ben->take(Counted::watches)) << "the source has three quarters";
  EXPECT_TRUE(eve->take(Counted::watches));
}

TEST(Budgets, AMeterTellsWhenItIsTooMuch) {
  Budgets budgets(table());
  const std::size_t max = budgets.budget(Counted::queued_bytes).user;
  Portion one = budgets.account("ada", "a")->meter(Counted::queued_bytes);
  Portion other = budgets.account("ada", "b")->meter(Counted::queued_bytes);
  one.set(max);
  EXPECT_FALSE(one.over());
  other.set(1);
  EXPECT_TRUE(one.over());
  EXPECT_TRUE(other.over());
  one.set(0);
  EXPECT_FALSE(other.over());
}

TEST(Budgets, OtherLimitsHoldForAccountsThatAreThere) {
  Budgets budgets(budget_table({.sessions = 40, .sessions_per_user = 2, .descriptors = 1024}));
  const auto ada = budgets.account("ada", "a");
  const auto one = ada->take(Counted::sessions), two = ada->take(Counted::sessions);
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(ada->take(Counted::sessions));
  budgets.change(budget_table({.sessions = 40, .sessions_per_user = 3, .descriptors = 1024}));
  const auto three = ada->take(Counted::sessions);
  EXPECT_TRUE(three);
  budgets.change(budget_table({.sessions = 40, .sessions_per_user = 1, .descriptors = 1024}));
  EXPECT_FALSE(ada->take(Counted::sessions));
  EXPECT_TRUE(one->over()) << "what somebody has stays";
  EXPECT_EQ(budgets.budget(Counted::sessions).user, 1u);
  EXPECT_EQ(ada->name_of(Counted::sessions), "sessions");
}

TEST(Budgets, WhoHasNothingIsForgotten) {
  Budgets budgets(table());
  for (int i = 0; i < 10'000; ++i) budgets.account("user" + std::to_string(i), "a");
  EXPECT_EQ(budgets.known(), 0u);
  const auto account = budgets.account("ada", "a");
  EXPECT_EQ(budgets.known(), 2u);
}

TEST(Source, IsWhatItsOwnerDoesNotChoose) {
  EXPECT_EQ(source_of("192.0.2.7:51234"), "192.0.2.7");
  EXPECT_EQ(source_of("[2001:db8:1:2:3:4:5:6]:80"), "2001:db8:1:2::/64");
  EXPECT_EQ(source_of("[2001:db8:1:2:ffff::]:80"), "2001:db8:1:2::/64");
  EXPECT_EQ(source_of("[fe80::1%eth0]:80"), "fe80::/64");
  EXPECT_EQ(source_of("[::1]:80"), "::1");
  EXPECT_EQ(source_of("unix:1000"), "unix:1000");
}

}  // namespace
}  // namespace dftp::server
