// Renaming within the tree.
#pragma once

#include "proto/storage/beneath.h"

namespace dftp {

// `name` in the directory of `from` becomes `to`, atomically. Unless `replace`, Code::exists when the name is taken.
// `where` is used in errors.
Result<void> move_name(const Place& from, const Place& to, bool replace, const std::string& where);

}  // namespace dftp
