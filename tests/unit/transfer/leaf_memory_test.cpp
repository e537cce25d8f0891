#include "proto/transfer/leaf_memory.h"

#include <gtest/gtest.h>

#include <chrono>

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

bool knows(LeafMemory& memory, const Attributes& attributes, std::uint64_t first) {
  Digest out;
  return memory.file(path, attributes)->get(first, {&out, 1});
}

TEST(LeafMemory, TellsWhatItWasToldAndNothingElse) {
  LeafMemory memory(1 << 20);
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

TEST(LeafMemory, KnowsAVersionOfAFileAtAPath) {
  LeafMemory memory(1 << 20);
  memory.file(path, of_leaves(4))->put(0, one());
  EXPECT_TRUE(knows(memory, of_leaves(4), 0));
  Attributes other = of_leaves(4);
  other.ctime_ns = 1;
  EXPECT_FALSE(knows(memory, other, 0));
  Digest out;
  EXPECT_FALSE(memory.file(RemotePath::parse("/a/c").value(), of_leaves(4))->get(0, {&out, 1}));
}

TEST(LeafMemory, KnowsNothingOfWhatChangedJustNow) {
  LeafMemory memory(1 << 20);
  Attributes fresh = of_leaves(4);
  fresh.ctime_ns = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  memory.file(path, fresh)->put(0, one());
  EXPECT_FALSE(knows(memory, fresh, 0));
}

TEST(LeafMemory, ForgetsTheOldestFilesFirst) {
  LeafMemory memory(3 * 100 * sizeof(Digest));  // two files of 100 leaves and what is around them
  std::vector<Attributes> files;
  for (std::uint64_t inode = 0; inode < 3; ++inode) {
    files.push_back({.size = 100 * limits::leaf_bytes, .inode = inode});
    if (inode == 2) {
      EXPECT_TRUE(knows(memory, files[0], 0));  // so that the second one is the oldest
    }
    memory.file(path, files[inode])->put(0, one());
  }
  EXPECT_TRUE(knows(memory, files[2], 0));
  EXPECT_TRUE(knows(memory, files[0], 0));
  EXPECT_FALSE(knows(memory, files[1], 0));
}

TEST(LeafMemory, OneThatIsTooLargeTakesNobodysPlace) {
  LeafMemory memory(200 * sizeof(Digest));
  memory.file(path, of_leaves(100))->put(0, one());
  memory.file(path, of_leaves(1000))->put(0, one());
  EXPECT_TRUE(knows(memory, of_leaves(100), 0));
  EXPECT_FALSE(knows(memory, of_leaves(1000), 0));
}

}  // namespace
}  // namespace dftp
