#include "proto/wire/attributes.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace dftp {
namespace {

// In the order of the enum.
constexpr auto names = std::to_array<std::string_view>({"file", "directory", "symlink", "other"});
static_assert(names.size() == static_cast<std::size_t>(FileType::other) + 1);

}  // namespace

std::string_view name_of(FileType type) {
  return names[static_cast<std::size_t>(type)];
}

std::optional<FileType> parse_enum(std::string_view text, FileType) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<FileType>(found - names.begin());
}

std::string version_of(const Attributes& attributes) {
  const std::uint64_t parts[] = {attributes.size, static_cast<std::uint64_t>(attributes.mtime_ns),
                                 static_cast<std::uint64_t>(attributes.ctime_ns), attributes.inode};
  std::array<char, 4 * 17> text;  // 16 hexadecimal digits and a separator each
  char* end = text.data();
  for (const std::uint64_t part : parts) {
    if (end != text.data()) *end++ = '-';
    end = std::to_chars(end, text.data() + text.size(), part, 16).ptr;
  }
  return {text.data(), end};
}

}  // namespace dftp
