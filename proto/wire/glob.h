// Patterns for names, as a shell has them: `*` any bytes, `?` one character, `[a-z]` one of a set of ASCII characters
// (`[!a-z]`: none of them), `\` takes the next byte as it is. Pure; bytes, whatever the locale is.
#pragma once

#include <string_view>

namespace dftp {

// Whether the whole name matches. Time grows with the product of both lengths at most, whatever the pattern is.
bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace dftp
