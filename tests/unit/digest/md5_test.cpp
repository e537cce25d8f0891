#include "proto/digest/md5.h"

#include <gtest/gtest.h>

#include "tests/unit/digest/reference.h"

namespace dftp {
namespace {

// RFC 1321, A.5.
TEST(Md5, AnswersAsTheStandardSays) {
  EXPECT_EQ(to_hex(md5({})), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5(as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(md5(as_bytes("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Md5, PiecesOfAnySizeGiveTheDigestOfTheWhole) {
  const auto bytes = noise(10000);
  for (std::size_t piece : {1, 7, 63, 64, 65, 4096, 10000}) {
    Md5 hash;
    for (Bytes rest = bytes; !rest.empty(); rest = rest.subspan(std::min(piece, rest.size()))) {
      hash.update(rest.first(std::min(piece, rest.size())));
    }
    EXPECT_EQ(hash.finish(), reference_md5(bytes)) << "pieces of " << piece;
  }
}

TEST(Md5, EmptyPiecesChangeNothing) {
  Md5 hash;
  hash.update({});
  hash.update(as_bytes("abc"));
  hash.update({});
  EXPECT_EQ(hash.finish(), md5(as_bytes("abc")));
}

TEST(Md5, GoesOnAfterItWasMoved) {
  Md5 first;
  first.update(as_bytes("a"));
  Md5 second = std::move(first);
  second.update(as_bytes("bc"));
  EXPECT_EQ(second.finish(), md5(as_bytes("abc")));
}

TEST(Md5, HexShowsLeadingZeroesAndHighBytes) {
  Digest digest{};
  digest[0] = std::byte{0x0a};
  digest[15] = std::byte{0xf0};
  EXPECT_EQ(to_hex(digest), "0a0000000000000000000000000000f0");
}

}  // namespace
}  // namespace dftp
