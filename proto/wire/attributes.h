// What is known of a file without opening it. The same struct on disk's side, on the wire and in listings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dftp {

enum class FileType : std::uint8_t { file, directory, symlink, other };
std::string_view name_of(FileType type);  // "file", "directory", "symlink", "other"
// What is said of FileType::other.
inline constexpr std::string_view special_file_text = "is a FIFO, socket or device";
std::optional<FileType> parse_enum(std::string_view text, FileType);

struct Attributes {
  FileType type = FileType::file;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;  // since 1970, may be negative
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint32_t mode = 0;  // permission bits with set-id and sticky: 07777
  std::uint32_t links = 1;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t allocated = 0;  // bytes on disk; less than size: sparse
};

// Opaque to the peer; equal texts mean an unchanged file (size, mtime, ctime and inode are in it).
std::string version_of(const Attributes& attributes);
// Stands for the version of what is not there.
inline constexpr std::string_view no_version = "none";

}  // namespace dftp
