// The words that an enum travels as: one table each, read in both directions.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace dftp {

template <class Enum, std::size_t N>
using EnumWords = std::array<std::pair<Enum, std::string_view>, N>;

template <class Enum, std::size_t N>
constexpr std::string_view word_of(const EnumWords<Enum, N>& words, Enum value) {
  for (const auto& [known, word] : words)
    if (known == value) return word;
  return {};
}

template <class Enum, std::size_t N>
constexpr std::optional<Enum> value_of(const EnumWords<Enum, N>& words, std::string_view text) {
  for (const auto& [known, word] : words)
    if (word == text) return known;
  return std::nullopt;
}

}  // namespace dftp
