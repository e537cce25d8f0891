// Paths as text ("a/b") in sorted sets and maps: which of them lie beneath another. Pure.
//
// By their bytes the names "a b" and "a.b" stand between "a" and "a/c": whoever looks for what follows "a" finds them
// first. All look-ups of "beneath" go through here.
#pragma once

#include <algorithm>
#include <ranges>
#include <string>
#include <string_view>

namespace dftp {

// Whether `path` lies below `directory`, and is not the directory itself. "" and "/" hold everything else.
constexpr bool is_beneath(std::string_view path, std::string_view directory) {
  if (path.size() <= directory.size() || !path.starts_with(directory)) return false;
  return directory.empty() || directory.ends_with('/') || path[directory.size()] == '/';
}

// Puts what is in a directory right behind it, and so a whole tree together: '/' comes before all other bytes.
struct TreeOrder {
  using is_transparent = void;
  constexpr bool operator()(std::string_view one, std::string_view other) const {
    const auto rank = [](char byte) { return byte == '/' ? -1 : static_cast<int>(static_cast<unsigned char>(byte)); };
    return std::ranges::lexicographical_compare(one, other, {}, rank, rank);
  }
};

// What lies beneath `directory` in a set or map that is sorted by bytes, as a range of it.
template <class Sorted>
auto all_beneath(Sorted& sorted, std::string_view directory) {
  const std::string name(directory);
  constexpr char behind_slash = '/' + 1;
  return std::ranges::subrange(sorted.lower_bound(name + '/'), sorted.lower_bound(name + behind_slash));
}

// The directories on the way to `path`, from the top on, without itself: "a" and "a/b" of "a/b/c".
inline auto directories_above(std::string_view path) {
  return std::views::iota(std::size_t{0}, path.size()) |
         std::views::filter([path](std::size_t at) { return path[at] == '/' && at > 0; }) |
         std::views::transform([path](std::size_t at) { return path.substr(0, at); });
}

}  // namespace dftp
