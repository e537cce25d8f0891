// What is done to the content of an open regular file. `where` names the file in errors.
#pragma once

#include <sys/stat.h>

#include <string>

#include "proto/storage/storage.h"

namespace dftp::content {

Attributes attributes_from(const struct ::stat& status);
timespec time_from(std::int64_t ns);
Result<Attributes> attributes(int file, const std::string& where);

// Code::too_large for what no file can hold.
Result<void> check_range(std::uint64_t offset, std::uint64_t length, const std::string& where);

// As ReadFile and PartialFile promise it.
Result<std::size_t> read(int file, std::uint64_t offset, MutableBytes out, const std::string& where);
std::size_t read_cached(int file, std::uint64_t offset, MutableBytes out);
Result<void> write(int file, std::uint64_t offset, Bytes data, const std::string& where);
Result<Extent> extent_at(int file, std::uint64_t offset, const std::string& where);
Result<void> zero(int file, std::uint64_t offset, std::uint64_t length, const std::string& where);
Result<void> truncate(int file, std::uint64_t size, const std::string& where);
Result<void> sync(int file, const std::string& where);
Result<void> check_room(int file, std::uint64_t size, const std::string& where);
// Copies a range to the same place, by reference or within the kernel where that can be. How many bytes: fewer where
// `from` ends.
Result<std::uint64_t> copy_range(int from, int to, Extent range, const std::string& where);
// Replaces all of `to` by the first `max` bytes of `from`; holes stay holes.
Result<void> copy(int from, int to, std::uint64_t max, const std::string& where);

}  // namespace dftp::content
