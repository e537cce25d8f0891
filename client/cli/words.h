// A command line of the interactive session, as words. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::cli {

// Blanks separate words. 'single quotes' keep everything, "double quotes" everything but \", \\ and \xNN (the byte NN:
// what a listing shows for bytes that are no text can be typed), a backslash keeps the next character. A word that
// begins with # ends the line. Code::usage for a quote or a backslash that is left open.
Result<std::vector<std::string>> split_words(std::string_view line);

// The same, but characters with a meaning of their own (* ? [ & \) that were quoted have a backslash before them.
Result<std::vector<std::string>> split_patterns(std::string_view line);
// Whether a word of split_patterns() stands for any names that match: has an unquoted * ? or [.
bool is_pattern(std::string_view word);
// A word of split_patterns() as a name.
std::string unquoted(std::string_view word);

// The commands of a line, which ; separates where it stands in no quotes. A word that begins with # ends the line.
std::vector<std::string> split_commands(std::string_view line);

}  // namespace dftp::cli
