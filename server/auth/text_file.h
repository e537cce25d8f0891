// Small text files, read whole and replaced whole.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "proto/storage/descriptor.h"
#include "proto/wire/error.h"

namespace dftp::server {

// To the end; `where` names what is read in errors. Code::too_large over `limit` bytes.
Result<std::string> read_all(int descriptor, std::size_t limit, const std::string& where);
// The whole file as plain_text() has it (proto/wire/text_lines.h).
Result<std::string> read_text(const std::filesystem::path& path, std::size_t limit);

// Opens or makes a file that its owner only may read. What root makes belongs to the directory's owner, whose server
// must read it.
Result<Descriptor> open_private(const std::filesystem::path& path, int flags);

// All or nothing: after a crash the file is the old one or the new one. Private as above. One writer at a time.
Result<void> replace_text(const std::filesystem::path& path, std::string_view text);

}  // namespace dftp::server
