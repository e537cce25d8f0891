// What a user can say.
#pragma once

#include <span>

#include "client/cli/line/verb.h"

namespace dftp::cli {

std::span<const Verb> all_verbs();
// By name or alias; nullptr: there is none.
const Verb* find_verb(std::string_view name);

}  // namespace dftp::cli
