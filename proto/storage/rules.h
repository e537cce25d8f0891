// What every Storage refuses by the names alone, before it looks at anything.
#pragma once

#include "proto/storage/storage.h"

namespace dftp {

// No name of it is reserved: Code::invalid_name.
Result<void> check_names(const RemotePath& path);
// One name in a directory, and not a reserved one. `where` is used in errors.
Result<void> check_name(std::string_view name, const std::string& where);
// Neither is the root (Code::denied), and `to` is not inside `from` (Code::invalid_request).
Result<void> check_rename(const RemotePath& from, const RemotePath& to);
// `target` can be the text of a link at `path`: not empty, without NUL, and without a reserved name, as a link to a
// partial would show it. Code::invalid_name, Code::name_too_long; Code::is_directory for the root.
Result<void> check_link(std::string_view target, const RemotePath& path);

}  // namespace dftp
