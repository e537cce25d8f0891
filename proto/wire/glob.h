// Patterns for names, as a shell has them; the only matcher there is. `*` stands for any text, `?` for one character,
// `[a-zé]` for one of a set (`[!a-z]` and `[^a-z]`: one that is not in it), in which `[:alpha:]` and the other classes
// of POSIX may stand; `\` takes the next character as it is. A set that is never closed stands for itself, with all
// brackets behind it.
//
// Characters are those of UTF-8, whatever the locale is, in the order of their numbers. A byte that belongs to none is
// one of its own: it is equal to itself, comes behind all characters, and is in no class.
#pragma once

#include <string_view>

namespace dftp {

// Whether the whole name matches. Pure. Time grows with the product of both lengths at most, whatever the pattern is.
bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace dftp
