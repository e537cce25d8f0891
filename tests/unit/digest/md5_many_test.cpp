#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "proto/digest/md5_lanes.h"
#include "tests/unit/digest/reference.h"

namespace dftp {
namespace {

// Each test runs on each kernel of this CPU.
class Md5Many : public testing::TestWithParam<const LaneKernel*> {
 protected:
  void expect_right(const std::vector<Bytes>& messages) {
    std::vector<Digest> digests(messages.size());
    md5_many_by(*GetParam(), messages, digests);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      ASSERT_EQ(to_hex(digests[i]), to_hex(reference_md5(messages[i])))
          << "message " << i << " of " << messages.size() << ", " << messages[i].size() << " bytes";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Kernels, Md5Many, testing::ValuesIn(lane_kernels().begin(), lane_kernels().end()),
                         [](const auto& info) { return std::string(info.param->name); });

std::vector<std::size_t> critical_sizes() {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size <= 300; ++size) sizes.push_back(size);
  for (std::size_t size : {4095, 4096, 65527, 65528, 65535, 65536, 65537, 131072}) sizes.push_back(size);
  return sizes;
}

TEST_P(Md5Many, EachSizeAlone) {
  const auto bytes = noise(131072);
  for (std::size_t size : critical_sizes()) expect_right({Bytes(bytes).first(size)});
}

TEST_P(Md5Many, EachSizeInAllLanes) {
  const auto bytes = noise(131072 + max_lanes);
  for (std::size_t size : critical_sizes()) {
    std::vector<Bytes> messages;
    for (std::size_t lane = 0; lane < GetParam()->lanes; ++lane) messages.push_back(Bytes(bytes).subspan(lane, size));
    expect_right(messages);
  }
}

TEST_P(Md5Many, AllSizesTogether) {
  const auto bytes = noise(131072);
  std::vector<Bytes> messages;
  for (std::size_t size : critical_sizes()) messages.push_back(Bytes(bytes).first(size));
  expect_right(messages);
}

TEST_P(Md5Many, EachNumberOfMessages) {
  const auto bytes = noise(4000);
  for (std::size_t count = 0; count <= 2 * GetParam()->lanes + 1; ++count) {
    std::vector<Bytes> messages;
    for (std::size_t i = 0; i < count; ++i) messages.push_back(Bytes(bytes).subspan(i, 100 + i * 97 % 1000));
    expect_right(messages);
  }
}

TEST_P(Md5Many, UnalignedMessages) {
  const auto bytes = noise(1000);
  for (std::size_t offset = 0; offset < 64; ++offset) {
    expect_right({Bytes(bytes).subspan(offset, 256), Bytes(bytes).subspan(offset + 1, 300)});
  }
}

TEST_P(Md5Many, EmptyMessagesAmongOthers) {
  const auto bytes = noise(500);
  std::vector<Bytes> messages(40);
  for (std::size_t i = 0; i < messages.size(); i += 3) messages[i] = Bytes(bytes).first(i * 10);
  expect_right(messages);
}

TEST_P(Md5Many, OneLongMessageAmongShortOnes) {
  const auto bytes = noise(1000000);
  std::vector<Bytes> messages(50, Bytes(bytes).first(70));
  messages[33] = bytes;
  expect_right(messages);
}

TEST_P(Md5Many, RandomSets) {
  const auto bytes = noise(200000);
  std::mt19937_64 random(7);
  for (int set = 0; set < 60; ++set) {
    std::vector<Bytes> messages(random() % 100);
    const std::size_t longest = std::size_t{1} << (random() % 17 + 1);
    for (Bytes& message : messages) message = Bytes(bytes).subspan(random() % 1000, random() % longest);
    expect_right(messages);
  }
}

// Each message in an allocation of exactly its size: the address sanitizer sees a byte read too many.
TEST_P(Md5Many, ReadsNothingBesideTheMessages) {
  std::vector<std::unique_ptr<std::byte[]>> storage;
  std::vector<Bytes> messages;
  for (std::size_t size : critical_sizes()) {
    storage.push_back(std::make_unique<std::byte[]>(size));
    messages.emplace_back(storage.back().get(), size);
  }
  expect_right(messages);
}

TEST(Md5ManyChoice, ByTheFastestKernel) {
  EXPECT_EQ(md5_lane_count(), lane_kernels().front()->lanes);
  EXPECT_EQ(lane_kernels().back(), &md5_baseline);
  for (const LaneKernel* kernel : lane_kernels()) EXPECT_LE(kernel->lanes, max_lanes);
}

TEST(Md5ManyChoice, OneMessageAndSeveral) {
  const auto bytes = noise(1000);
  for (std::size_t count : {0, 1, 2, 20}) {
    std::vector<Bytes> messages(count, bytes);
    std::vector<Digest> digests(count);
    md5_many(messages, digests);
    EXPECT_EQ(digests, std::vector<Digest>(count, reference_md5(bytes)));
  }
}

}  // namespace
}  // namespace dftp
