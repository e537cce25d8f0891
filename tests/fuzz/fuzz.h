// What every fuzz target needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace dftp {

inline std::string_view as_input(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A promise that must hold for every input; the fuzzer keeps an input that breaks it.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace dftp
