// Descriptors 0 to 2, which every program takes for standard input, output and error: whatever it was started with.
#pragma once

#include <string_view>

#include "proto/wire/error.h"

namespace dftp {

// Puts something in place of those that are closed, before anything that the program opens gets their numbers. What was
// closed goes on to fail (EBADF). To be called before anything else.
void open_standard_descriptors();

// Writes to standard output, with what the stream still holds. Fails where it is closed, full, or nobody reads it any
// more; the error's `where` is "standard output".
Result<void> print(std::string_view text);

// Whether that failed because its reader has what it wanted, as `head` has: no fault, and nothing to be said.
bool reader_has_gone(const Error& error);

}  // namespace dftp
