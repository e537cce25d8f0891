#include "fuse/errno_of.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace dftp::mount {
namespace {

TEST(ErrnoOf, NamedErrnoIsTheSameNumberAgain) {
  for (const int number : {EPERM, ENOENT, EACCES, EEXIST, EXDEV, ENOSPC, EDQUOT, ENOTEMPTY, ENODATA, ESTALE, ETXTBSY}) {
    EXPECT_EQ(errno_of(from_errno(number, "x")), number);
  }
}

TEST(ErrnoOf, CodeDecidesWhereNoErrnoIsNamed) {
  EXPECT_EQ(errno_of({Code::not_found, "", "", ""}), ENOENT);
  EXPECT_EQ(errno_of({Code::timed_out, "", "", ""}), ETIMEDOUT);
  EXPECT_EQ(errno_of({Code::usage, "", "", ""}), EINVAL);
}

TEST(ErrnoOf, NameThatThisSystemDoesNotKnowIsLeftToTheCode) {
  EXPECT_EQ(errno_of({Code::no_space, "EWEIRD", "", ""}), ENOSPC);
  EXPECT_EQ(errno_of({Code::io, "0", "", ""}), EIO);
}

}  // namespace
}  // namespace dftp::mount
