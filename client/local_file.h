// Small files of the user's own: configuration, keys, passwords. Blocking.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::client {

struct LocalFile {
  std::string text;
  mode_t mode = 0;  // as stat(2) says
  uid_t owner = 0;

  bool others_can_read() const { return (mode & 077) != 0; }
};

// The whole file; Code::too_large over 1 MiB.
Result<LocalFile> read_local_file(const std::filesystem::path& file);

// Replaces the file (0600) in one step; durable when it returns. A link is followed.
Result<void> replace_local_file(const std::filesystem::path& file, std::string_view text);

// $HOME, or what the user database says; empty when neither knows.
std::filesystem::path home_directory();

}  // namespace dftp::client
