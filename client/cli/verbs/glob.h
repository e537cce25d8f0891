// Patterns of names, and the names that match. Pure but for the lister it is given.
//
// Names match as glob_matches() says, but a leading dot only by a dot. ** as a name of its own stands for any number
// of directories, and at the end for every file beneath. A quoted character stands for itself: words of
// split_line().
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proto/net/async.h"
#include "proto/wire/message.h"

namespace dftp::cli {

bool matches(const std::string& pattern, const std::string& name);

struct ListedName {
  std::string name;
  FileType type = FileType::file;
};
// All names in a directory, written as the user would write it ("", "a/", "/a/b/").
using Lister = std::function<net::Task<Result<std::vector<ListedName>>>(const std::string& directory)>;

// The names that exist, sorted by their bytes and written as the pattern is. Code::not_found: there are none.
// Code::too_many: more than anybody meant. `lister` must live until then.
net::Task<Result<std::vector<std::string>>> expand(const std::string& pattern, const Lister& lister);

}  // namespace dftp::cli
