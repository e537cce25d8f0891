// MD5 of one message or of many side by side. Pure; thread-safe (no shared state).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "proto/wire/bytes.h"

namespace dftp {

using Digest = std::array<std::byte, 16>;

// Many messages at once, each of any length: digests[i] is the MD5 of messages[i]; the spans are of equal size.
// Fastest when at least lane_count() messages of similar length come together; any number is right.
void md5_many(std::span<const Bytes> messages, std::span<Digest> digests);
// How many messages this CPU hashes side by side: 16 with AVX-512 or AVX2, 8 with SSE2 or NEON.
std::size_t md5_lane_count();

Digest md5(Bytes message);

// One long message, piece by piece, at the speed of one lane. Costs nothing until there is something to hash.
class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(Md5&&) noexcept;
  Md5& operator=(Md5&&) noexcept;
  void update(Bytes bytes);
  Digest finish();  // call once

 private:
  struct State;
  State& state();
  std::unique_ptr<State> state_;
};

std::string to_hex(const Digest& digest);

}  // namespace dftp
