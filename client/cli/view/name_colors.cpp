#include "client/cli/view/name_colors.h"

#include <sys/stat.h>

#include <algorithm>
#include <ranges>

namespace dftp::cli {
namespace {

// Those of ls; "pi" stands for all that is neither a file, a directory nor a link: the server does not say which.
constexpr std::pair<std::string_view, std::string_view> usual[] = {
    {"di", "1;34"}, {"ln", "1;36"}, {"pi", "1;33"}, {"ex", "1;32"}};

bool is_color(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ';'; });
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return low;
}

}  // namespace

NameColors::NameColors(std::string_view ls_colors) {
  for (const auto& [key, numbers] : usual) by_key_.emplace_back(key, numbers);
  while (!ls_colors.empty()) {
    const std::string_view item = ls_colors.substr(0, ls_colors.find(':'));
    ls_colors.remove_prefix(std::min(item.size() + 1, ls_colors.size()));
    const std::size_t equals = item.find('=');
    if (equals == item.npos || !is_color(item.substr(equals + 1))) continue;
    const std::string_view key = item.substr(0, equals), numbers = item.substr(equals + 1);
    if (key.starts_with('*')) {
      by_suffix_.emplace_back(lower(key.substr(1)), numbers);
    } else {
      by_key_.emplace_back(key, numbers);
    }
  }
}

std::string NameColors::of(const client::RemoteEntry& entry) const {
  const std::string_view numbers = numbers_of(entry);
  const bool none = numbers.find_first_not_of("0;") == numbers.npos;
  return none ? std::string() : "\x1b[" + std::string(numbers) + "m";
}

std::string_view NameColors::numbers_of(const client::RemoteEntry& entry) const {
  const auto first_of = [&](std::initializer_list<std::pair<bool, std::string_view>> rules) {
    for (const auto& [holds, key] : rules) {
      if (const std::string_view numbers = holds ? by_key(key) : ""; !numbers.empty()) return numbers;
    }
    return std::string_view();
  };
  const bool sticky = entry.mode & S_ISVTX, open = entry.mode & S_IWOTH;
  switch (entry.type) {
    case FileType::directory: return first_of({{sticky && open, "tw"}, {open, "ow"}, {sticky, "st"}, {true, "di"}});
    case FileType::symlink: return by_key("ln");
    case FileType::other: return by_key("pi");
    case FileType::file: break;
  }
  const bool runs = entry.mode & 0111;
  if (const auto found = first_of({{entry.mode & S_ISUID, "su"}, {entry.mode & S_ISGID, "sg"}, {runs, "ex"}});
      !found.empty())
    return found;
  const std::string name = lower(entry.name);
  for (const auto& [suffix, numbers] : by_suffix_ | std::views::reverse) {
    if (name.ends_with(suffix)) return numbers;
  }
  return by_key("fi");
}

// The last word counts.
std::string_view NameColors::by_key(std::string_view key) const {
  for (const auto& [known, numbers] : by_key_ | std::views::reverse) {
    if (known == key) return numbers;
  }
  return {};
}

std::string colored(const std::string& text, std::string_view color) {
  return color.empty() ? text : std::string(color) + text + "\x1b[0m";
}

}  // namespace dftp::cli
