#include "server/session/uploads.h"

#include <gtest/gtest.h>

#include "server/session/server_transfer.h"

namespace dftp::server {
namespace {

// An engine without connections: it runs until it is stopped.
class Idle final : public Engine {
 public:
  using Engine::Engine;

 protected:
  net::Task<Result<void>> read_blocks(net::Stream&, bool) override { co_return Result<void>(); }
  net::Task<Result<void>> write_blocks(net::Stream&, bool) override { co_return Result<void>(); }
};

RemotePath path(std::string_view text) {
  return *RemotePath::parse(text);
}

class UploadsTest : public testing::Test {
 protected:
  std::shared_ptr<ServerTransfer> begin(const std::vector<RemotePath>& targets) {
    auto transfer = std::make_shared<ServerTransfer>(1, TransferDirection::put, targets, loop_.executor());
    transfer->engine = std::make_shared<Idle>(loop_.executor(), pool_, *transfer);
    return transfer;
  }
  void take_over(const Uploader& uploader, const std::shared_ptr<ServerTransfer>& transfer) {
    net::run_until_done(loop_, uploads_.take_over(uploader, transfer->paths, transfer, loop_.executor()));
  }
  // Lets go of it as soon as it has ended, as a session does.
  static net::Task<void> hold(std::shared_ptr<ServerTransfer> transfer) { (void)co_await transfer->engine->finished(); }

  net::Loop loop_;
  net::DiskPool pool_{1};
  Uploads uploads_;
  const Uploader ada_{"ada", "one"};
};

TEST_F(UploadsTest, AnOlderUploadToTheSameTargetIsEndedAndWaitedFor) {
  auto old = begin({path("a"), path("b")});
  const std::weak_ptr<ServerTransfer> seen = old;
  take_over(ada_, old);
  net::spawn(loop_.executor(), hold(std::move(old)));
  take_over(ada_, begin({path("b")}));
  EXPECT_TRUE(seen.expired());
}

TEST_F(UploadsTest, AnotherTargetUserOrInstanceIsLeftAlone) {
  const auto old = begin({path("a")});
  take_over(ada_, old);
  take_over(ada_, begin({path("b")}));
  take_over({"bob", "one"}, begin({path("a")}));
  take_over({"ada", "two"}, begin({path("a")}));
  EXPECT_FALSE(old->engine->over());
}

TEST_F(UploadsTest, WithoutAnInstanceNothingIsEnded) {
  const auto old = begin({path("a")});
  take_over({"ada", ""}, old);
  take_over({"ada", ""}, begin({path("a")}));
  EXPECT_FALSE(old->engine->over());
}

TEST_F(UploadsTest, ATargetTwiceInOneUploadDoesNotEndIt) {
  const auto transfer = begin({path("a"), path("a")});
  take_over(ada_, transfer);
  EXPECT_FALSE(transfer->engine->over());
}

TEST_F(UploadsTest, AnUploadThatSettledEverythingIsNotWaitedFor) {
  const auto old = begin({path("a")});
  take_over(ada_, old);
  old->settled_all = true;
  take_over(ada_, begin({path("a")}));
  EXPECT_FALSE(old->engine->over());
}

TEST_F(UploadsTest, OneThatDoesNotEndIsNotWaitedForForever) {
  const auto held = begin({path("a")});
  take_over(ada_, held);
  take_over(ada_, begin({path("a")}));
  EXPECT_TRUE(held->engine->over());
}

TEST_F(UploadsTest, WhatHasEndedIsForgottenInTime) {
  for (int i = 0; i < 10'000; ++i) take_over(ada_, begin({path(std::to_string(i))}));
  EXPECT_LT(uploads_.size(), 1000u);
}

}  // namespace
}  // namespace dftp::server
