// Where a server keeps what is its own: users, key and certificate.
#pragma once

#include <filesystem>

#include "proto/wire/error.h"

namespace dftp::server {

// The directory of the share of `root` when nobody names one: beneath /var/lib/dftp for root and beneath
// $XDG_STATE_HOME/dftp (~/.local/state/dftp) for others, named after the shared directory and a digest of its canonical
// path. So two shares never mix their users.
Result<std::filesystem::path> default_state(const std::filesystem::path& root);

// A directory by its one true name.
Result<std::filesystem::path> canonical_directory(const std::filesystem::path& root);
// Without links, "..", or a slash at the end; the last names need not exist yet.
Result<std::filesystem::path> resolved_path(const std::filesystem::path& path);
// Whether `path` is `directory` or beneath it; both by their true names.
bool lies_inside(const std::filesystem::path& path, const std::filesystem::path& directory);

}  // namespace dftp::server
