#include "proto/storage/mount_table.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace dftp {
namespace {

std::string_view next_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

// Blanks, tabs, newlines and backslashes are written in octal: \040.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && text.size() - i > 3;
    plain +=
        escape ? static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0')) : text[i];
    if (escape) i += 3;
  }
  return plain;
}

}  // namespace

std::vector<MountEntry> parse_mountinfo(std::string_view text) {
  std::vector<MountEntry> entries;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    next_word(line);
    next_word(line);
    MountEntry entry;
    entry.device = next_word(line);
    next_word(line);
    entry.directory = unescaped(next_word(line));
    while (!line.empty() && next_word(line) != "-") continue;
    entry.type = next_word(line);
    if (!entry.type.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<MountEntry> mount_table() {
  std::ifstream file("/proc/self/mountinfo");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return parse_mountinfo(text);
}

}  // namespace dftp
