#include "server/session/user_pools.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

TEST(UserPools, AllSessionsOfAUserHaveTheSameQueuesAndNobodyElseHasThem) {
  const net::DiskPool disk(1), hashing(1);
  PoolKeeper pools(disk, hashing);
  UserPools& ada = pools.of("ada");
  UserPools& bob = pools.of("bob");
  EXPECT_NE(&ada, &bob);
  for (int i = 0; i < 100; ++i) pools.of("user " + std::to_string(i));
  EXPECT_EQ(&ada, &pools.of("ada"));
  EXPECT_EQ(&bob, &pools.of("bob"));
}

}  // namespace
}  // namespace dftp
