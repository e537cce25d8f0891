// One kernel: MD5's compression function over several messages side by side. Internal to this room, its tests and
// its benchmark. Each kernel has a file of its own, compiled for the instructions of its name; such a file uses no
// inline function with external linkage, for the linker might give that one to all the others.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dftp {

struct LaneKernel {
  const char* name;
  std::size_t lanes;
  // Compresses `count` successive blocks of 64 bytes of each lane, beginning at blocks[lane] (of any alignment), into
  // `state`: [4][lanes] words, the A of all lanes, then B, C and D.
  void (*compress)(std::uint32_t* state, const std::byte* const* blocks, std::size_t count);
};

inline constexpr std::size_t max_lanes = 16;

extern const LaneKernel md5_baseline;
#if defined(__x86_64__)
extern const LaneKernel md5_avx2;    // only where the CPU has AVX2
extern const LaneKernel md5_avx512;  // only where the CPU has AVX-512F
#endif

// floor(2^32 * |sin(i + 1)|). Not constexpr here: values that it sees, the compiler builds anew in every step, which is
// slower than loading them.
extern const std::uint32_t md5_sines[64];

}  // namespace dftp
