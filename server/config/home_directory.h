// The part of a share that a user sees, as whoever makes the user names it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "proto/wire/remote_path.h"

namespace dftp::server {

// Beneath the share, or by its whole path on this machine. `root` is the share's one true name; empty: it is not known,
// and `text` is taken as a path of the share. Code::usage for what lies outside.
Result<RemotePath> parse_home(const std::string& text, const std::filesystem::path& root);

// Makes what is missing of it, for the owner of the directory that it is made in. The directories that were made, from
// above; nothing is left of them on an error. Code::usage where a symbolic link or a file is in the way.
Result<std::vector<std::filesystem::path>> make_home(const std::filesystem::path& root, const RemotePath& home);
// Takes them away again as far as they are empty.
void unmake_home(const std::vector<std::filesystem::path>& made);

}  // namespace dftp::server
