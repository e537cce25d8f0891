#include "client/cli/verbs/glob.h"

#include <algorithm>

#include "client/cli/line/words.h"
#include "proto/wire/glob.h"

namespace dftp::cli {
namespace {

constexpr std::size_t max_names = 100'000;
// How deep ** goes: a server can link its directories into a tree without an end.
constexpr std::size_t max_levels = 64;

std::vector<std::string> parts_of(const std::string& pattern) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    if (end > begin) parts.push_back(pattern.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool may_be_directory(FileType type) {
  return type == FileType::directory || type == FileType::symlink;
}

class Expansion {
 public:
  Expansion(const std::string& pattern, const Lister& lister)
      : pattern_(pattern), lister_(lister), parts_(parts_of(pattern)) {}

  net::Task<Result<std::vector<std::string>>> run() {
    std::vector<std::string> found = {pattern_.starts_with('/') ? "/" : ""};
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      auto next = co_await step(found, i);
      if (!next) co_return next;
      found = std::move(*next);
    }
    if (found.empty())
      co_return fail(Code::not_found, unquoted(pattern_), "no name matches; quote it if it is meant as it is");
    std::ranges::sort(found);
    co_return found;
  }

 private:
  using Names = std::vector<std::string>;

  // From directories to what matches the next part in them.
  net::Task<Result<Names>> step(const Names& directories, std::size_t part) {
    const bool last = part + 1 == parts_.size();
    Names found;
    for (const std::string& directory : directories) {
      Result<void> done;
      if (parts_[part] == "**") {
        if (!last) found.push_back(directory);
        done = co_await beneath(directory, last, found, max_levels);
      } else if (!is_pattern(parts_[part]) && !searched_) {
        found.push_back(directory + unquoted(parts_[part]) + (last ? "" : "/"));
      } else {
        done = co_await within(directory, part, found);
      }
      if (!done) co_return std::unexpected(std::move(done.error()));
    }
    if (is_pattern(parts_[part])) searched_ = true;
    co_return found;
  }

  net::Task<Result<void>> within(const std::string& directory, std::size_t part, Names& found) {
    const bool last = part + 1 == parts_.size();
    const auto names = co_await list(directory);
    if (!names) co_return std::unexpected(names.error());
    for (const ListedName& entry : *names) {
      if ((last || may_be_directory(entry.type)) && matches(parts_[part], entry.name)) {
        found.push_back(directory + entry.name + (last ? "" : "/"));
      }
    }
    co_return check(found);
  }

  // All files beneath, or all directories; links are not followed.
  net::Task<Result<void>> beneath(const std::string& directory, bool files, Names& found, std::size_t levels) {
    const auto names = co_await list(directory);
    if (!names) co_return std::unexpected(names.error());
    for (const ListedName& entry : *names) {
      if (entry.name.starts_with('.')) continue;
      const bool is_directory = entry.type == FileType::directory;
      const std::string name = directory + entry.name + (is_directory ? "/" : "");
      if (is_directory != files) found.push_back(name);
      if (auto checked = check(found); !checked) co_return checked;
      if (!is_directory || levels == 0) continue;
      auto done = co_await beneath(name, files, found, levels - 1);
      if (!done) co_return done;
    }
    co_return Result<void>();
  }

  // What is no directory, or gone, has no names.
  net::Task<Result<std::vector<ListedName>>> list(const std::string& directory) {
    auto names = co_await lister_(directory);
    if (!names && (names.error().code == Code::not_directory || names.error().code == Code::not_found) && searched_) {
      co_return std::vector<ListedName>();
    }
    co_return names;
  }

  Result<void> check(const Names& found) const {
    if (found.size() <= max_names) return {};
    return fail(Code::too_many, unquoted(pattern_), "matches more than " + std::to_string(max_names) + " names");
  }

  const std::string& pattern_;
  const Lister& lister_;
  const Names parts_;
  bool searched_ = false;  // what was found so far comes from listings
};

}  // namespace

bool matches(const std::string& pattern, const std::string& name) {
  const bool shows_hidden = pattern.starts_with('.') || pattern.starts_with("\\.");
  return (shows_hidden || !name.starts_with('.')) && glob_matches(pattern, name);
}

net::Task<Result<std::vector<std::string>>> expand(const std::string& pattern, const Lister& lister) {
  Expansion expansion(pattern, lister);
  co_return co_await expansion.run();
}

}  // namespace dftp::cli
