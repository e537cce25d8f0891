// What is left out of a tree: --exclude, --include and --exclude-from of a sync, `prune` of a `find`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp {

// The first pattern that matches decides; what none matches belongs to it. A pattern without a slash matches a name at
// any depth; with one in it, or before it, the path from the top on, where ** stands for any number of directories. One
// with a slash at its end matches directories only. Names match as glob_matches() says.
class PathRules {
 public:
  // Code::usage for a pattern that can match nothing.
  Result<void> add(std::string_view pattern, bool include);
  // With a ! before it, it includes.
  Result<void> add_line(std::string_view line);
  // Such a line each, in a text as text_lines() takes it; one that is empty or begins with # says nothing, nor do
  // blanks at the end of a line, but for one behind a \. Code::usage names `file` and the line.
  Result<void> add_file(std::string_view text, std::string_view file);

  // `path` is seen from the top ("a/b"). What is in a directory that is left out must not be asked for.
  bool leaves_out(std::string_view path, bool is_directory) const;
  bool empty() const { return patterns_.empty(); }
  // The first of them as lines, as far as `bytes` go.
  std::vector<std::string> lines(std::size_t bytes) const;

 private:
  struct Pattern {
    std::string line;
    std::vector<std::string> names;
    bool include = false, directories_only = false;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace dftp
