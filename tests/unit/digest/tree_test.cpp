#include "proto/digest/tree.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/wire/limits.h"
#include "tests/unit/digest/reference.h"

namespace dftp {
namespace {

constexpr std::uint64_t leaf = limits::leaf_bytes;

std::vector<Digest> some_digests(std::size_t count) {
  std::vector<Digest> digests(count);
  for (std::size_t i = 0; i < count; ++i) digests[i] = md5(as_bytes(std::to_string(i)));
  return digests;
}

Digest root_of(const std::vector<Digest>& digests) {
  std::vector<std::byte> joined;
  for (const Digest& digest : digests) joined.insert(joined.end(), digest.begin(), digest.end());
  return reference_md5(joined);
}

TEST(LeafCount, CountsTheShortLeafToo) {
  EXPECT_EQ(leaf_count(0), 0u);
  EXPECT_EQ(leaf_count(1), 1u);
  EXPECT_EQ(leaf_count(leaf), 1u);
  EXPECT_EQ(leaf_count(leaf + 1), 2u);
  EXPECT_EQ(leaf_count(UINT64_MAX), std::uint64_t{1} << 48);
}

TEST(HashLeaves, EachLeafHasItsPlainMd5) {
  for (std::size_t size :
       {std::size_t{0}, std::size_t{1}, leaf - 1, leaf, leaf + 1, 16 * leaf, 16 * leaf + 5, 40 * leaf}) {
    const auto bytes = noise(size);
    std::vector<Digest> digests(leaf_count(size) + 1);
    hash_leaves(bytes, digests);
    for (std::size_t i = 0; i < leaf_count(size); ++i) {
      const Bytes rest = Bytes(bytes).subspan(i * leaf);
      ASSERT_EQ(digests[i], reference_md5(rest.first(std::min<std::size_t>(rest.size(), leaf)))) << "leaf " << i;
    }
    EXPECT_EQ(digests.back(), Digest{}) << "wrote past the last leaf of " << size << " bytes";
  }
}

TEST(ZeroLeaf, IsTheDigestOfZeroes) {
  const std::vector<std::byte> zeroes(leaf);
  for (std::size_t size :
       {std::size_t{1}, std::size_t{4095}, std::size_t{4096}, std::size_t{5000}, leaf - 1, leaf, leaf}) {
    EXPECT_EQ(zero_leaf(size), reference_md5(Bytes(zeroes).first(size))) << size << " bytes";
  }
}

TEST(TreeRoot, OfAnEmptyFileIsThePlainMd5) {
  EXPECT_EQ(TreeRoot().finish(0), reference_md5({}));
}

TEST(TreeRoot, OfOneLeafIsThatLeafsDigest) {
  for (std::uint64_t size : {std::uint64_t{1}, leaf}) {
    TreeRoot root;
    root.add(0, some_digests(1));
    EXPECT_EQ(root.finish(size), some_digests(1)[0]);
  }
}

TEST(TreeRoot, OfTwoLeavesIsTheMd5OfTheirDigests) {
  TreeRoot root;
  root.add(0, some_digests(2));
  EXPECT_EQ(root.finish(leaf + 1), root_of(some_digests(2)));
}

TEST(TreeRoot, InAnyOrder) {
  const auto digests = some_digests(1000);
  std::vector<std::size_t> order(digests.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto expect_root = [&](const char* what) {
    TreeRoot root;
    for (std::size_t i : order) root.add(i, std::span(digests).subspan(i, 1));
    EXPECT_EQ(root.finish(1000 * leaf), root_of(digests)) << what;
  };
  expect_root("in order");
  std::ranges::reverse(order);
  expect_root("reversed");
  std::ranges::shuffle(order, std::mt19937_64(3));
  expect_root("shuffled");
}

TEST(TreeRoot, OverlappingRuns) {
  const auto digests = some_digests(100);
  TreeRoot root;
  root.add(50, std::span(digests).subspan(50, 30));
  root.add(0, std::span(digests).first(20));
  root.add(10, std::span(digests).subspan(10, 60));
  root.add(60, std::span(digests).subspan(60));
  EXPECT_EQ(root.finish(100 * leaf), root_of(digests));
}

TEST(TreeRoot, TheFirstOfTwoDigestsCounts) {
  const auto digests = some_digests(3);
  const auto others = some_digests(5);
  TreeRoot root;
  root.add(2, std::span(digests).subspan(2, 1));
  root.add(2, std::span(others).subspan(4, 1));
  root.add(0, std::span(digests).first(1));
  root.add(0, std::span(others).subspan(3, 1));
  root.add(1, std::span(digests).subspan(1, 1));
  EXPECT_EQ(root.finish(3 * leaf), root_of(digests));
}

TEST(TreeRoot, AMissingLeafGivesNone) {
  const auto digests = some_digests(3);
  TreeRoot none, first, middle, last;
  EXPECT_EQ(none.finish(1), std::nullopt);
  first.add(1, std::span(digests).subspan(1));
  EXPECT_EQ(first.finish(3 * leaf), std::nullopt);
  middle.add(0, std::span(digests).first(1));
  middle.add(2, std::span(digests).subspan(2));
  EXPECT_EQ(middle.finish(3 * leaf), std::nullopt);
  last.add(0, std::span(digests).first(2));
  EXPECT_EQ(last.finish(3 * leaf), std::nullopt);
}

TEST(TreeRoot, ALeafTooManyGivesNone) {
  const auto digests = some_digests(3);
  TreeRoot next, apart, of_empty;
  next.add(0, digests);
  EXPECT_EQ(next.finish(2 * leaf), std::nullopt);
  apart.add(0, std::span(digests).first(2));
  apart.add(9, std::span(digests).first(1));
  EXPECT_EQ(apart.finish(2 * leaf), std::nullopt);
  of_empty.add(0, std::span(digests).first(1));
  EXPECT_EQ(of_empty.finish(0), std::nullopt);
}

TEST(TreeRoot, AsManyAsTheLimitMayWait) {
  const auto digests = some_digests(limits::pending_digests + 1);
  TreeRoot root;
  root.add(1, std::span(digests).subspan(1));
  root.add(0, std::span(digests).first(1));
  EXPECT_EQ(root.finish(digests.size() * leaf), root_of(digests));
}

TEST(TreeRoot, OneMoreThanTheLimitGivesItUp) {
  const auto digests = some_digests(limits::pending_digests + 2);
  TreeRoot root;
  root.add(1, std::span(digests).subspan(1));
  root.add(0, digests);
  EXPECT_EQ(root.finish(digests.size() * leaf), std::nullopt);
}

TEST(TreeRoot, LeafNumbersThatOverflowGiveItUp) {
  const auto digests = some_digests(3);
  TreeRoot root;
  root.add(UINT64_MAX - 1, digests);  // would go on at leaf 0
  root.add(0, digests);
  EXPECT_EQ(root.finish(3 * leaf), std::nullopt);
}

TEST(TreeRoot, OfLeavesHashedTogether) {
  const auto bytes = noise(20 * leaf + 1234);
  std::vector<Digest> digests(leaf_count(bytes.size()));
  hash_leaves(bytes, digests);
  TreeRoot root;
  root.add(0, digests);
  EXPECT_EQ(root.finish(bytes.size()), root_of(digests));
}

}  // namespace
}  // namespace dftp
