// A word of a line (client/cli/line/line.h): a name, or a pattern for names. What was quoted in it has a backslash
// before it where it would have a meaning of its own. Pure, but for home directories.
#pragma once

#include <string>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::cli {

// Adds what stood in quotes.
void add_quoted(std::string& word, std::string_view text);
// Whether it stands for any names that match: has an unquoted * ? or [.
bool is_pattern(std::string_view word);
// As a name.
std::string unquoted(std::string_view word);

// A word for a path here, with its unquoted ~ or ~USER at the beginning, alone or before a slash, as the home
// directory. Code::usage where there is none.
Result<std::string> at_home(std::string_view word);

}  // namespace dftp::cli
