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

inline constexpr std::size_t local_file_bytes = 1024 * 1024;

// The whole file; Code::too_large over `max` bytes.
Result<LocalFile> read_local_file(const std::filesystem::path& file, std::size_t max = local_file_bytes);
// The same of what is open already, to its end; `where` names it in errors.
Result<LocalFile> read_descriptor(int descriptor, const std::string& where, std::size_t max = local_file_bytes);
// A file that a person wrote, as plain_text() has it (proto/wire/text_lines.h).
Result<LocalFile> read_local_text(const std::filesystem::path& file);

// Replaces the file (0600) in one step; durable when it returns. A link is followed.
Result<void> replace_local_file(const std::filesystem::path& file, std::string_view text);

// $HOME, or what the user database says; empty when neither knows.
std::filesystem::path home_directory();

}  // namespace dftp::client
