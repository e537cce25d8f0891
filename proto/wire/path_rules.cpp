#include "proto/wire/path_rules.h"

#include <algorithm>
#include <span>

#include "proto/wire/glob.h"
#include "proto/wire/text_lines.h"

namespace dftp {
namespace {

constexpr std::string_view any_depth = "**";

std::vector<std::string> names_of(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

// Nobody sees the blanks behind a line; one that is meant has a \ before it.
std::string_view without_blanks_behind(std::string_view line) {
  while (line.ends_with(' ') || line.ends_with('\t')) {
    const std::string_view rest = line.substr(0, line.size() - 1);
    const std::size_t other = rest.find_last_not_of('\\');
    const std::size_t escapes = other == rest.npos ? rest.size() : rest.size() - other - 1;
    if (escapes % 2 == 1) break;
    line = rest;
  }
  return line;
}

// As with the stars within a name, only the last ** has to be tried at another place.
bool path_matches(std::span<const std::string> pattern, std::span<const std::string> names) {
  bool starred = false;
  std::span<const std::string> behind_star, retry;
  while (true) {
    if (!pattern.empty() && pattern[0] == any_depth) {
      starred = true;
      behind_star = pattern = pattern.subspan(1);
      retry = names;
    } else if (pattern.empty() && names.empty()) {
      return true;
    } else if (!pattern.empty() && !names.empty() && glob_matches(pattern[0], names[0])) {
      pattern = pattern.subspan(1);
      names = names.subspan(1);
    } else if (!starred || retry.empty()) {
      return false;
    } else {
      names = retry = retry.subspan(1);
      pattern = behind_star;
    }
  }
}

}  // namespace

Result<void> PathRules::add(std::string_view text, bool include) {
  // A name may begin with a !, too.
  const std::string_view before = include ? "!" : text.starts_with('!') ? "\\" : "";
  Pattern pattern{std::string(before) + std::string(text), names_of(text), include, text.ends_with('/')};
  if (pattern.names.empty()) return fail(Code::usage, std::string(text), "is no pattern");
  const bool anywhere = text.find('/') >= text.size() - pattern.directories_only;  // npos is more than any size
  if (anywhere) pattern.names.insert(pattern.names.begin(), std::string(any_depth));
  patterns_.push_back(std::move(pattern));
  return {};
}

Result<void> PathRules::add_line(std::string_view line) {
  const bool include = line.starts_with('!');
  return add(line.substr(include), include);
}

Result<void> PathRules::add_file(std::string_view text, std::string_view file) {
  const auto lines = text_lines(text, file);
  if (!lines) return std::unexpected(lines.error());
  for (std::size_t number = 1; number <= lines->size(); ++number) {
    const std::string_view line = without_blanks_behind((*lines)[number - 1]);
    if (line.empty() || line[0] == '#') continue;
    if (auto added = add_line(line); !added) {
      return fail(Code::usage, line_name(file, number), describe(added.error()));
    }
  }
  return {};
}

bool PathRules::leaves_out(std::string_view path, bool is_directory) const {
  const std::vector<std::string> names = names_of(path);
  const auto decides = std::ranges::find_if(patterns_, [&](const Pattern& pattern) {
    return (is_directory || !pattern.directories_only) && path_matches(pattern.names, names);
  });
  return decides != patterns_.end() && !decides->include;
}

std::vector<std::string> PathRules::lines(std::size_t bytes) const {
  std::vector<std::string> lines;
  for (const Pattern& pattern : patterns_) {
    if (pattern.line.size() > bytes) break;
    bytes -= pattern.line.size();
    lines.push_back(pattern.line);
  }
  return lines;
}

}  // namespace dftp
