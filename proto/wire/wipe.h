// So that a password does not stay in memory that has been given back, where a core or a bug would show it.
#pragma once

#include <string>

#include "proto/wire/json.h"

namespace dftp {

// Empty afterwards, and nothing of it is left.
void wipe(std::string& text);
// Null afterwards, and nothing of its texts is left.
void wipe(json::Value& value);

}  // namespace dftp
