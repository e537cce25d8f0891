// What may take a name, and how it does.
#pragma once

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"

namespace dftp {

// `name` in the directory of `from` becomes `to`, atomically. Unless `replace`, Code::exists when the name is taken.
// `where` is used in errors.
Result<void> move_name(const ParentAndName& from, const ParentAndName& to, bool replace, const std::string& where);

// The file `from` becomes `to` as `how` says. With a version or a backup the two names are exchanged, looked at, and
// exchanged back when it was not the expected file that gave way; so nobody else's change is lost.
Result<void> publish_name(const ParentAndName& from, const ParentAndName& to, const Publish& how,
                          const std::string& where);

// Whether a new file or link may take the name: it is free, or a file's or a link's. Code::is_directory, or
// Code::unsupported for a device, FIFO or socket.
Result<void> check_replaceable(const ParentAndName& target, const std::string& where);

// A reserved name that nothing has, for what is to replace a file or a link in one step.
std::string unused_partial_name();

}  // namespace dftp
