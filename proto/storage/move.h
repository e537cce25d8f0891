// What may take a name, and how it does.
#pragma once

#include "proto/storage/beneath.h"

namespace dftp {

// `name` in the directory of `from` becomes `to`, atomically. Unless `replace`, Code::exists when the name is taken.
// `where` is used in errors.
Result<void> move_name(const Place& from, const Place& to, bool replace, const std::string& where);

// Whether a new file or link may take the name: it is free, or a file's or a link's. Code::is_directory, or
// Code::unsupported for a device, FIFO or socket.
Result<void> check_replaceable(const Place& target, const std::string& where);

// A reserved name that nothing has, for what is to replace a file or a link in one step.
std::string unused_partial_name();

}  // namespace dftp
