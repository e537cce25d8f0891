#include "server/session/request_queue.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

constexpr std::size_t much = 1 << 20;

struct RequestQueueTest : testing::Test {
  void push(Ordering order, std::uint64_t id) { ASSERT_TRUE(queue.push({nullptr, order, id, "{}"}, much)); }
  // Those that may begin now, in their order; they run from then on.
  std::vector<std::uint64_t> begin(bool unread = false) {
    std::vector<std::uint64_t> ids;
    while (auto next = queue.pop(unread)) {
      queue.begun(next->order);
      ids.push_back(next->id);
    }
    return ids;
  }

  RequestQueue queue;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(RequestQueueTest, NothingPassesOneThatIsInOrder) {
  push(Ordering::any, 1);
  push(Ordering::in_order, 2);
  push(Ordering::any, 3);
  push(Ordering::waiting, 4);
  EXPECT_FALSE(queue.may_begin_now(Ordering::any, false)) << "it would pass the one in order";
  EXPECT_EQ(begin(), (Ids{1, 2}));
  EXPECT_FALSE(queue.may_begin_now(Ordering::any, false)) << "the one in order runs";
  EXPECT_EQ(queue.in_order(), 1);
  queue.ended(Ordering::in_order);
  EXPECT_EQ(begin(), (Ids{3, 4}));
}

TEST_F(RequestQueueTest, OneByOneWaitsForItsOwnKindOnly) {
  for (std::uint64_t id = 1; id <= 3; ++id) push(Ordering::one_by_one, id);
  push(Ordering::any, 4);
  EXPECT_EQ(begin(), (Ids{1, 4}));
  queue.ended(Ordering::any);
  EXPECT_EQ(begin(), Ids{});
  queue.ended(Ordering::one_by_one);
  EXPECT_EQ(begin(), Ids{2});
}

TEST_F(RequestQueueTest, SoManyHashAtATime) {
  for (std::uint64_t id = 0; id < limits::hashed_files + 2; ++id) push(Ordering::hashing, id);
  EXPECT_EQ(begin().size(), limits::hashed_files);
  queue.ended(Ordering::hashing);
  EXPECT_EQ(begin(), Ids{limits::hashed_files});
}

TEST_F(RequestQueueTest, NothingBeginsWhileMuchIsUnread) {
  push(Ordering::any, 1);
  EXPECT_EQ(begin(true), Ids{});
  EXPECT_FALSE(queue.may_begin_now(Ordering::any, true));
  EXPECT_EQ(begin(), Ids{1});
}

TEST_F(RequestQueueTest, WhatRunsAndWhatWaitsCountTogether) {
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < limits::requests_in_flight; ++i) {
    EXPECT_TRUE(queue.admit(Ordering::any)) << i;
    if (i % 2) push(Ordering::any, ++id);
    if (i % 2 == 0) queue.begun(Ordering::hashing);
  }
  EXPECT_EQ(queue.admit(Ordering::any).error().code, Code::too_many);
  EXPECT_EQ(queue.admit(Ordering::in_order).error().code, Code::too_many);
  queue.begun(Ordering::at_once);
  queue.ended(Ordering::hashing);
  EXPECT_TRUE(queue.admit(Ordering::any)) << "what is done at once takes no place";
}

TEST_F(RequestQueueTest, ThoseThatWaitForOthersHavePlacesOfTheirOwn) {
  for (std::size_t i = 0; i < limits::waiting_requests; ++i) {
    EXPECT_TRUE(queue.admit(Ordering::waiting)) << i;
    if (i % 2) push(Ordering::waiting, i);
    if (i % 2 == 0) queue.begun(Ordering::waiting);
  }
  EXPECT_EQ(queue.admit(Ordering::waiting).error().code, Code::too_many);
  EXPECT_TRUE(queue.admit(Ordering::any));
  EXPECT_TRUE(queue.remove(1));
  EXPECT_TRUE(queue.admit(Ordering::waiting));
}

TEST_F(RequestQueueTest, TextThatWaitsHasALimit) {
  const auto sized = [](std::uint64_t id, std::size_t bytes) {
    return RequestQueue::Request{nullptr, Ordering::any, id, std::string(bytes, 'x')};
  };
  EXPECT_TRUE(queue.push(sized(1, 600), 1000));
  EXPECT_EQ(queue.push(sized(2, 600), 1000).error().code, Code::too_many);
  EXPECT_FALSE(queue.contains(2));
  EXPECT_TRUE(queue.remove(1));
  EXPECT_EQ(queue.bytes(), 0);
  EXPECT_TRUE(queue.push(sized(2, 600), 1000));
  EXPECT_TRUE(queue.pop(false));
  EXPECT_EQ(queue.bytes(), 0);
}

TEST_F(RequestQueueTest, WhatIsRemovedNeverBegins) {
  for (std::uint64_t id = 1; id <= 3; ++id) push(Ordering::any, id);
  EXPECT_TRUE(queue.remove(2));
  EXPECT_FALSE(queue.remove(2));
  EXPECT_EQ(begin(), (Ids{1, 3}));
  push(Ordering::any, 4);
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(begin(), Ids{});
}

}  // namespace
}  // namespace dftp::server
