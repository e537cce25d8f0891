// Integers on the wire: big-endian, at any address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dftp {

template <class T>
void put_big_endian(T value, std::byte* out) {
  auto rest = static_cast<std::uint64_t>(value);
  for (std::size_t i = sizeof(T); i-- > 0; rest >>= 8) out[i] = static_cast<std::byte>(rest);
}

template <class T>
T get_big_endian(const std::byte* in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8 | std::to_integer<std::uint64_t>(in[i]);
  return static_cast<T>(value);
}

}  // namespace dftp
