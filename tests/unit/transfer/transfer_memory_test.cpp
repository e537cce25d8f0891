// Transfers of files whose digests the sender remembers.
#include "tests/unit/transfer/transfer_fixture.h"

namespace dftp {
namespace {

class Remembered : public Transfer {
 protected:
  Remembered() {
    receive_.overwrite = Overwrite::always;
    send_.memory = &memory_;
    put("f", std::string(20 * limits::leaf_bytes + 7, 'x'));
    // Old enough to be remembered; the change time cannot be set.
    std::this_thread::sleep_for(std::chrono::milliseconds(3200));
  }
  std::shared_ptr<DigestCache::File> leaves() {
    const auto storage = open_posix_storage(from_).value();
    const auto path = RemotePath::parse("f").value();
    return memory_.file(path, storage->stat(path, Links::keep).value());
  }

  DigestCache memory_{1 << 20};
};

TEST_F(Remembered, DigestsAreUsedTheNextTime) {
  expect_fine(run("f"));
  std::array<Digest, 21> digests;
  ASSERT_TRUE(leaves()->get(0, digests)) << "all were hashed, and are remembered";
  fs::remove(to_ / "f");
  const auto again = run("f");
  expect_fine(again);
  EXPECT_EQ(again.receiver.repaired, 0u);
  EXPECT_TRUE(content(to_ / "f") == content(from_ / "f"));
}

TEST_F(Remembered, DigestsThatAreWrongAreFoundAndForgotten) {
  leaves()->put(0, std::array<Digest, 21>{});
  const auto first = run("f");
  expect_fine(first);
  EXPECT_EQ(first.receiver.repaired, 20 * limits::leaf_bytes + 7);
  EXPECT_TRUE(content(to_ / "f") == content(from_ / "f"));
  fs::remove(to_ / "f");
  EXPECT_EQ(run("f").receiver.repaired, 0u);
}

// The bytes are left in the file then, and are what they are when the kernel sends them.
TEST_F(Remembered, FileThatShrinksOnItsWayIsAnErrorOfThatFile) {
  expect_fine(run("f"));
  fs::remove(to_ / "f");
  moved_ = [this] { fs::resize_file(from_ / "f", limits::leaf_bytes); };
  const auto again = run("f");
  EXPECT_EQ(again.receives.codes, std::vector{Code::changed});
  EXPECT_FALSE(fs::exists(to_ / "f"));
}

TEST_F(Remembered, WhatTheReceiverHasIsComparedWithThem) {
  expect_fine(run("f"));
  std::string changed = content(to_ / "f");
  changed[3 * limits::leaf_bytes] = 'y';
  std::ofstream(to_ / "f", std::ios::binary) << changed;
  const auto again = run("f");
  expect_fine(again);
  EXPECT_EQ(again.receiver.transferred, limits::leaf_bytes);
  EXPECT_TRUE(content(to_ / "f") == content(from_ / "f"));
}

}  // namespace
}  // namespace dftp
