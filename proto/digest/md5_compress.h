// MD5's compression function (RFC 1321, 3.4) in vector code. Included by the kernels' files only, each of which has
// its own instructions: everything here has internal linkage, so that no two of them can be mixed up by the linker.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "proto/digest/md5_kernel.h"

namespace dftp {
namespace {

static_assert(std::endian::native == std::endian::little, "MD5's words are little-endian");

constexpr int rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
// Step i of a round takes the word (first + i * stride) % 16.
constexpr struct {
  int first, stride;
} word_order[4] = {{0, 1}, {1, 5}, {5, 3}, {0, 7}};

template <int Width>
struct VectorOf {
  using type __attribute__((vector_size(Width * sizeof(std::uint32_t)))) = std::uint32_t;
};
template <int Width>
using Vector = typename VectorOf<Width>::type;
template <class V>
constexpr int width_of = sizeof(V) / sizeof(std::uint32_t);

template <int Width, int... I>
Vector<Width> join(Vector<Width / 2> low, Vector<Width / 2> high, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(low, high, I...);
}

// Sixteen bytes, from `at` on, of each fourth message: with these the transposition stays within 128 bits.
template <int Width>
Vector<Width> load_quads(const std::byte* const* messages, std::size_t at) {
  if constexpr (Width == 4) {
    Vector<4> quad;
    __builtin_memcpy(&quad, messages[0] + at, sizeof quad);
    return quad;
  } else {
    constexpr int half = Width / 2;
    return join<Width>(load_quads<half>(messages, at), load_quads<half>(messages + half, at),
                       std::make_integer_sequence<int, Width>());
  }
}

// In each 128 bits: four of the words a0 a1 a2 a3 b0 b1 b2 b3, by their number.
template <int... Numbers, class V, int... I>
V pick(V a, V b, std::integer_sequence<int, I...>) {
  constexpr int numbers[] = {Numbers...};
  return __builtin_shufflevector(a, b, (I / 4 * 4 + numbers[I % 4] % 4 + numbers[I % 4] / 4 * width_of<V>)...);
}
template <int... Numbers, class V>
V pick(V a, V b) {
  return pick<Numbers...>(a, b, std::make_integer_sequence<int, width_of<V>>());
}

// words[i] is the i-th word of every message's block.
template <class V>
void load_block(V (&words)[16], const std::byte* const* messages, std::size_t at) {
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    V rows[4];
    for (int row = 0; row < 4; ++row) rows[row] = load_quads<width_of<V>>(messages + row, at + i * 4);
    V low01 = pick<0, 4, 1, 5>(rows[0], rows[1]), high01 = pick<2, 6, 3, 7>(rows[0], rows[1]);
    V low23 = pick<0, 4, 1, 5>(rows[2], rows[3]), high23 = pick<2, 6, 3, 7>(rows[2], rows[3]);
    words[i] = pick<0, 1, 4, 5>(low01, low23);
    words[i + 1] = pick<2, 3, 6, 7>(low01, low23);
    words[i + 2] = pick<0, 1, 4, 5>(high01, high23);
    words[i + 3] = pick<2, 3, 6, 7>(high01, high23);
  }
}

// F, G, H and I, in the forms with the fewest operations; AVX-512 does each in one.
template <int Round, class V>
V mix(V b, V c, V d) {
  if constexpr (Round == 0) return d ^ (b & (c ^ d));
  if constexpr (Round == 1) return c ^ (d & (b ^ c));
  if constexpr (Round == 2) return b ^ (c ^ d);
  if constexpr (Round == 3) return c ^ (b | ~d);
}

template <int I, class V, int Ways>
[[gnu::always_inline]] inline void step(V (&state)[4][Ways], const V (&words)[Ways][16]) {
  constexpr int round = I / 16, a = (64 - I) % 4, b = (a + 1) % 4, c = (a + 2) % 4, d = (a + 3) % 4;
  constexpr int word = (word_order[round].first + I * word_order[round].stride) % 16;
  constexpr int left = rotations[round][I % 4], right = 32 - left;
  for (int way = 0; way < Ways; ++way) {
    // mix() comes last: all else is known before the step begins, and only what comes after b was made is waited for.
    V sum = state[a][way] + (words[way][word] + md5_sines[I]) + mix<round>(state[b][way], state[c][way], state[d][way]);
    state[a][way] = state[b][way] + (sum << left | sum >> right);
  }
}

template <class V, int Ways, int... I>
void all_steps(V (&state)[4][Ways], const V (&words)[Ways][16], std::integer_sequence<int, I...>) {
  (step<I>(state, words), ...);
}

// Width lanes in a vector, Ways vectors side by side: a step waits for the one before it, and a second vector fills
// the time. LaneKernel::compress with Width * Ways lanes.
template <int Width, int Ways>
void compress(std::uint32_t* lanes, const std::byte* const* blocks, std::size_t count) {
  using V = Vector<Width>;
  V state[4][Ways];
  __builtin_memcpy(state, lanes, sizeof state);
  for (std::size_t at = 0; at < count * 64; at += 64) {
    V words[Ways][16];
    for (int way = 0; way < Ways; ++way) load_block(words[way], blocks + way * Width, at);
    V before[4][Ways];
    __builtin_memcpy(before, state, sizeof state);
    all_steps(state, words, std::make_integer_sequence<int, 64>());
    for (int i = 0; i < 4; ++i) {
      for (int way = 0; way < Ways; ++way) state[i][way] += before[i][way];
    }
  }
  __builtin_memcpy(lanes, state, sizeof state);
}

}  // namespace
}  // namespace dftp
