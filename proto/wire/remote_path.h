// A path beneath a root, as a list of names: it can only be made by parsing, so "..", "." and NUL never get in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp {

class RemotePath {
 public:
  RemotePath() = default;  // the root itself

  // "/a/b", "a/b" and "a//b/" are the same path; "" and "/" are the root. Names are bytes.
  // Code::invalid_name for ".", ".." or NUL, Code::name_too_long over limits::name_bytes, path_bytes or path_depth.
  static Result<RemotePath> parse(std::string_view text);
  // One name appended; the same errors, and Code::invalid_name for "" and for a name with '/'.
  Result<RemotePath> child(std::string_view name) const;
  // All names of `rest` appended. Code::name_too_long when the sum is over a limit.
  Result<RemotePath> join(const RemotePath& rest) const;

  // The same path, or one below it.
  bool is_within(const RemotePath& directory) const;
  bool is_root() const { return names_.empty(); }
  const std::vector<std::string>& names() const { return names_; }
  // The last name; empty for the root.
  std::string_view name() const;
  // The root's parent is the root.
  RemotePath parent() const;

  // "/a/b"; the root is "/".
  std::string absolute() const;
  // "a/b"; the root is ".". What openat2 beneath a root descriptor takes.
  std::string relative() const;

  friend bool operator==(const RemotePath&, const RemotePath&) = default;

 private:
  std::vector<std::string> names_;
};

}  // namespace dftp
