#include "server/session/user_pools.h"

#include <gtest/gtest.h>

#include "server/observe/source.h"

namespace dftp::server {
namespace {

class UserPoolsTest : public testing::Test {
 protected:
  std::shared_ptr<UserPools> anonymous(std::string_view peer) { return pools_.of("anonymous", source_of(peer)); }

  net::DiskPool disk_{1}, hashing_{1};
  UserPoolTable pools_{disk_, hashing_};
};

TEST_F(UserPoolsTest, AllSessionsOfAUserHaveTheSameQueuesAndNobodyElseHasThem) {
  const auto ada = pools_.of("ada", "10.0.0.1"), bob = pools_.of("bob", "10.0.0.1");
  EXPECT_NE(ada, bob);
  std::vector<std::shared_ptr<UserPools>> others;
  for (int i = 0; i < 100; ++i) others.push_back(pools_.of("user " + std::to_string(i), "10.0.0.1"));
  EXPECT_EQ(ada, pools_.of("ada", "10.0.0.2"));
  EXPECT_EQ(bob, pools_.of("bob", "10.0.0.1"));
}

TEST_F(UserPoolsTest, OfWhoIsAnonymousEachSourceHasItsOwn) {
  const auto one = anonymous("192.0.2.1:1234"), other = anonymous("192.0.2.2:1234");
  EXPECT_NE(one, other);
  EXPECT_EQ(one, anonymous("192.0.2.1:999"));
  const auto v6 = anonymous("[2001:db8::1]:1234");
  EXPECT_EQ(v6, anonymous("[2001:db8::2]:1234"));
  EXPECT_NE(v6, anonymous("[2001:db8:0:1::1]:1234"));
  EXPECT_NE(one, pools_.of("192.0.2.1", "192.0.2.1"));
}

TEST_F(UserPoolsTest, QueuesGoToTheNextWhenTheLastSessionLetsGo) {
  for (int i = 0; i < 1000; ++i) {
    const auto one = anonymous("192.0.2." + std::to_string(i % 250) + ":1"), again = pools_.of("ada", "::1");
  }
  EXPECT_EQ(pools_.size(), 2u);
  auto kept = anonymous("192.0.2.1:1");
  const auto other = anonymous("192.0.2.2:1");
  kept.reset();
  EXPECT_NE(anonymous("192.0.2.1:1"), other);
}

}  // namespace
}  // namespace dftp::server
