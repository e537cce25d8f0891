#include "fuse/notifier.h"

#include <gtest/gtest.h>

#include <semaphore>

namespace dftp::mount {
namespace {

struct NotifierTest : testing::Test {
  std::counting_semaphore<> sent{0}, may_go{0};
  std::vector<KernelInvalidation> notices;
  Notifier notifier;
  void start() {
    notifier.start([this](const KernelInvalidation& notice) {
      notices.push_back(notice);
      sent.release();
      may_go.acquire();
    });
  }
};

TEST_F(NotifierTest, SendsInOrderAndEqualOnesOnce) {
  start();
  notifier.attributes(1);
  sent.acquire();
  // The first is being sent: these wait.
  notifier.data(2);
  notifier.data(2);
  notifier.name(3, "a");
  notifier.attributes(1);
  may_go.release(4);
  for (int i = 0; i < 3; ++i) sent.acquire();
  notifier.stop();
  ASSERT_EQ(notices.size(), 4u);
  EXPECT_EQ(notices[1].node, 2u);
  EXPECT_EQ(notices[2].name, "a");
  EXPECT_EQ(notices[3].kind, KernelInvalidation::Kind::attributes);
}

TEST_F(NotifierTest, SaysWhenAllThatWasPutBeforeIsSent) {
  std::binary_semaphore done{0};
  const auto is_done = [&] { return done.try_acquire(); };
  notifier.after([&] { done.release(); });
  EXPECT_TRUE(is_done());  // nobody is told
  start();
  notifier.after([&] { done.release(); });
  EXPECT_TRUE(is_done());
  notifier.data(1);
  notifier.data(2);
  notifier.after([&] { done.release(); });
  sent.acquire();
  EXPECT_FALSE(is_done());
  may_go.release();
  sent.acquire();
  EXPECT_FALSE(is_done());
  may_go.release();
  done.acquire();
  // Nobody waits for ever.
  notifier.data(3);
  notifier.after([&] { done.release(); });
  may_go.release();
  notifier.stop();
  done.acquire();
}

TEST_F(NotifierTest, TellsThisProcessAtOnce) {
  std::vector<Node> changed;
  notifier.on_data = [&](Node node) { changed.push_back(node); };
  notifier.data(7);
  notifier.pages(8);  // of which this process knows already
  EXPECT_EQ(changed, std::vector<Node>{7});
}

TEST_F(NotifierTest, NothingIsSentBeforeItIsStarted) {
  notifier.data(1);
  start();
  notifier.data(2);
  sent.acquire();
  may_go.release();
  notifier.stop();
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].node, 2u);
}

}  // namespace
}  // namespace dftp::mount
