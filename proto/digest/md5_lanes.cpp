#include "proto/digest/md5_lanes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <vector>

namespace dftp {

const std::uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::size_t length_bytes = 8;
constexpr std::uint32_t initial_state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

std::vector<const LaneKernel*> supported_kernels() {
  std::vector<const LaneKernel*> kernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) kernels.push_back(&md5_avx512);
  if (__builtin_cpu_supports("avx2")) kernels.push_back(&md5_avx2);
#endif
  kernels.push_back(&md5_baseline);
  return kernels;
}

// The longest first: the lanes then end at nearly the same time, and none is left alone with a long message.
std::vector<std::size_t> longest_first(std::span<const Bytes> messages) {
  std::vector<std::size_t> order(messages.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, std::greater(), [&](std::size_t i) { return messages[i].size(); });
  return order;
}

// Every lane takes a message's whole blocks where they lie, then the rest of it, padded, from the lane's own buffer,
// and then the next message. All lanes advance together, each time as far as the one that has the least before it.
class LaneQueue {
 public:
  LaneQueue(const LaneKernel& kernel, std::span<const Bytes> messages, std::span<Digest> digests)
      : kernel_(kernel), messages_(messages), digests_(digests), order_(longest_first(messages)) {}

  void run() {
    for (std::size_t lane = 0; lane < kernel_.lanes; ++lane) begin_next(lane);
    while (busy_ > 0) {
      const auto nearest = std::min_element(left_, left_ + kernel_.lanes) - left_;
      const std::size_t count = left_[nearest];
      if (busy_ < kernel_.lanes) lend_blocks_to_idle(blocks_[nearest]);
      kernel_.compress(state_, blocks_, count);
      for (std::size_t lane = 0; lane < kernel_.lanes; ++lane) advance(lane, count);
    }
  }

 private:
  static constexpr std::size_t none = SIZE_MAX, never = SIZE_MAX;

  void begin_next(std::size_t lane) {
    if (next_ == order_.size()) {
      message_[lane] = none;
      left_[lane] = never;
      return;
    }
    ++busy_;
    message_[lane] = order_[next_++];
    padded_[lane] = false;
    for (std::size_t i = 0; i < 4; ++i) word(i, lane) = initial_state[i];
    const Bytes message = messages_[message_[lane]];
    blocks_[lane] = message.data();
    left_[lane] = message.size() / block_bytes;
    if (left_[lane] == 0) begin_padding(lane);
  }

  void begin_padding(std::size_t lane) {
    const Bytes message = messages_[message_[lane]];
    const Bytes rest = message.last(message.size() % block_bytes);
    std::byte* const tail = tail_[lane];
    const std::size_t size = rest.size() + 1 + length_bytes <= block_bytes ? block_bytes : 2 * block_bytes;
    const std::uint64_t bits = message.size() * std::uint64_t{8};
    std::ranges::copy(rest, tail);
    tail[rest.size()] = std::byte{0x80};
    std::memset(tail + rest.size() + 1, 0, size - length_bytes - rest.size() - 1);
    std::memcpy(tail + size - length_bytes, &bits, length_bytes);
    padded_[lane] = true;
    blocks_[lane] = tail;
    left_[lane] = size / block_bytes;
  }

  void advance(std::size_t lane, std::size_t count) {
    blocks_[lane] += count * block_bytes;
    left_[lane] -= count;
    if (left_[lane] > 0) return;
    if (!padded_[lane]) return begin_padding(lane);
    for (std::size_t i = 0; i < 4; ++i) std::memcpy(&digests_[message_[lane]][i * 4], &word(i, lane), 4);
    --busy_;
    begin_next(lane);
  }

  // An idle lane computes along; what, does not matter, as long as it may be read.
  void lend_blocks_to_idle(const std::byte* blocks) {
    for (std::size_t lane = 0; lane < kernel_.lanes; ++lane) {
      if (message_[lane] == none) blocks_[lane] = blocks;
    }
  }

  std::uint32_t& word(std::size_t i, std::size_t lane) { return state_[i * kernel_.lanes + lane]; }

  const LaneKernel& kernel_;
  const std::span<const Bytes> messages_;
  const std::span<Digest> digests_;
  const std::vector<std::size_t> order_;
  std::size_t next_ = 0;  // in order_
  std::size_t busy_ = 0;

  alignas(64) std::uint32_t state_[4 * max_lanes] = {};
  alignas(64) std::byte tail_[max_lanes][2 * block_bytes];
  const std::byte* blocks_[max_lanes];  // what each lane reads next
  std::size_t left_[max_lanes];         // blocks until the lane has to turn
  std::size_t message_[max_lanes];      // none when it is idle
  bool padded_[max_lanes];
};

}  // namespace

std::span<const LaneKernel* const> lane_kernels() {
  static const std::vector<const LaneKernel*> kernels = supported_kernels();
  return kernels;
}

std::size_t md5_lane_count() {
  return lane_kernels().front()->lanes;
}

void md5_many_by(const LaneKernel& kernel, std::span<const Bytes> messages, std::span<Digest> digests) {
  LaneQueue(kernel, messages, digests).run();
}

void md5_many(std::span<const Bytes> messages, std::span<Digest> digests) {
  if (messages.size() == 1) {
    digests[0] = md5(messages[0]);
  } else {
    md5_many_by(*lane_kernels().front(), messages, digests);
  }
}

}  // namespace dftp
