// What a person can do about an error. It never names what destroys more than was asked for.
#pragma once

#include <string>

#include "client/cli/line/verb.h"
#include "proto/wire/error.h"

namespace dftp::cli {

// Of an error that the verb met; nullptr: before there was one. Empty where only the error's own detail can know.
std::string_view advice(Code code, const Verb* verb);

// describe() with the advice behind it, unless its detail says already what to do.
std::string advised(const Error& error, const Verb* verb = nullptr);

}  // namespace dftp::cli
