#include "fuse/write_error.h"

#include <gtest/gtest.h>

namespace dftp::mount {
namespace {

Error full() {
  return {Code::no_space, "ENOSPC", {}, "the disk is full"};
}

TEST(WriteError, IsTakenOnce) {
  WriteError error;
  EXPECT_TRUE(error.take());
  error.set(full());
  EXPECT_TRUE(error);
  EXPECT_EQ(error.take().error().code, Code::no_space);
  EXPECT_FALSE(error);
  EXPECT_TRUE(error.take());
}

TEST(WriteError, IsToldToEachThatClosesOnce) {
  WriteError error;
  error.set(full());
  EXPECT_FALSE(error.tell(1));
  EXPECT_TRUE(error.tell(1));
  EXPECT_FALSE(error.tell(2));
}

TEST(WriteError, OfAChildIsStillThereForItsParent) {
  WriteError error;
  error.set(full());
  EXPECT_FALSE(error.tell(2));
  EXPECT_FALSE(error.take());
  EXPECT_TRUE(error.tell(1));
}

TEST(WriteError, ThatIsNewIsToldToAllOnceMore) {
  WriteError error;
  error.set(full());
  EXPECT_FALSE(error.tell(1));
  error.set({Code::io, "EIO", {}, {}});
  EXPECT_EQ(error.tell(1).error().code, Code::io);
}

}  // namespace
}  // namespace dftp::mount
