#include "proto/transfer/digest_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "proto/digest/tree.h"
#include "proto/wire/limits.h"

namespace dftp {
namespace {

const RemotePath path = RemotePath::parse("/a/b").value();

Attributes of_leaves(std::uint64_t leaves) {
  return {.size = leaves * limits::leaf_bytes, .inode = 7};
}

Digest digest(int value) {
  Digest digest{};
  digest[0] = static_cast<std::byte>(value);
  return digest;
}

std::array<Digest, 1> one() {
  return {digest(1)};
}

bool knows(DigestCache& memory, const Attributes& attributes, std::uint64_t first) {
  Digest out;
  return memory.file(path, attributes)->get(first, {&out, 1});
}

TEST(DigestCache, TellsWhatItWasToldAndNothingElse) {
  DigestCache memory(1 << 20);
  const auto file = memory.file(path, of_leaves(4));
  file->put(1, std::array{digest(1), digest(2)});
  std::array<Digest, 2> out;
  ASSERT_TRUE(memory.file(path, of_leaves(4))->get(1, out));
  EXPECT_EQ(out, (std::array{digest(1), digest(2)}));
  EXPECT_FALSE(file->get(0, out));
  EXPECT_FALSE(file->get(2, out));
  EXPECT_FALSE(file->get(3, out)) << "beyond the end";
  file->put(3, std::array{digest(3), digest(4)});
  EXPECT_FALSE(file->get(3, std::span(out).first(1))) << "beyond the end";
  file->forget();
  EXPECT_FALSE(file->get(1, out));
}

TEST(DigestCache, KnowsAVersionOfAFileAtAPath) {
  DigestCache memory(1 << 20);
  memory.file(path, of_leaves(4))->put(0, one());
  EXPECT_TRUE(knows(memory, of_leaves(4), 0));
  Attributes other = of_leaves(4);
  other.ctime_ns = 1;
  EXPECT_FALSE(knows(memory, other, 0));
  Digest out;
  EXPECT_FALSE(memory.file(RemotePath::parse("/a/c").value(), of_leaves(4))->get(0, {&out, 1}));
}

TEST(DigestCache, KnowsNothingOfWhatChangedJustNow) {
  DigestCache memory(1 << 20);
  Attributes fresh = of_leaves(4);
  fresh.ctime_ns = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  memory.file(path, fresh)->put(0, one());
  EXPECT_FALSE(knows(memory, fresh, 0));
}

constexpr std::uint64_t leaves = 1000;

void put_all(DigestCache& memory, const Attributes& attributes) {
  memory.file(path, attributes)->put(0, std::vector<Digest>(leaf_count(attributes.size)));
}

TEST(DigestCache, ForgetsTheOldestFilesFirst) {
  DigestCache memory(5 * leaves * sizeof(Digest) / 2);  // two files and what is around them
  std::vector<Attributes> files;
  for (std::uint64_t inode = 0; inode < 3; ++inode) {
    files.push_back({.size = leaves * limits::leaf_bytes, .inode = inode});
    if (inode == 2) {
      EXPECT_TRUE(knows(memory, files[0], 0));  // so that the second one is the oldest
    }
    put_all(memory, files[inode]);
  }
  EXPECT_TRUE(knows(memory, files[2], leaves - 1));
  EXPECT_TRUE(knows(memory, files[0], leaves - 1));
  EXPECT_FALSE(knows(memory, files[1], 0));
}

TEST(DigestCache, OneThatIsTooLargeTakesNobodysPlace) {
  DigestCache memory(2 * leaves * sizeof(Digest));
  put_all(memory, of_leaves(leaves));
  put_all(memory, of_leaves(10 * leaves));
  EXPECT_TRUE(knows(memory, of_leaves(leaves), 0));
  EXPECT_FALSE(knows(memory, of_leaves(10 * leaves), 0));
}

TEST(DigestCache, TakesNothingForWhatAFileOnlySays) {
  DigestCache memory(SIZE_MAX / 2);
  const auto file = memory.file(path, {.size = limits::file_bytes, .inode = 7});
  file->put(1 << 20, one());
  Digest out;
  EXPECT_TRUE(file->get(1 << 20, {&out, 1}));
  EXPECT_FALSE(file->get((1 << 20) + 1, {&out, 1}));
}

TEST(DigestCache, WhatIsInUseCountsAlsoWhenItIsForgotten) {
  DigestCache memory(5 * leaves * sizeof(Digest) / 2);
  std::vector<std::shared_ptr<DigestCache::File>> used;
  for (std::uint64_t inode = 0; inode < 10; ++inode) {
    const Attributes attributes{.size = leaves * limits::leaf_bytes, .inode = inode};
    put_all(memory, attributes);
    used.push_back(memory.file(path, attributes));
  }
  const auto known = std::ranges::count_if(used, [](const auto& file) {
    Digest out;
    return file->get(leaves - 1, {&out, 1});
  });
  EXPECT_LE(known, 2) << "there is room for two";
}

}  // namespace
}  // namespace dftp
