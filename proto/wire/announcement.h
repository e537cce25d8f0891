// What the block `file` says of one thing before its content comes. Binary, as there is one a file.
// docs/protocol/transfers.md, "Announcements".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/wire/bytes.h"
#include "proto/wire/limits.h"
#include "proto/wire/remote_path.h"

namespace dftp {

struct Announcement {
  enum class Kind : std::uint8_t { file = 1, directory = 2, end = 3, symlink = 4 };

  std::uint32_t source = 0;  // index into Get::sources or Put::targets
  RemotePath path;           // beneath that source; the root: the source itself
  Kind kind = Kind::file;
  std::optional<std::uint64_t> size;  // of a file; absent: not known before its end (a pipe)
  bool sparse = false;                // a file with holes: it need not have room for `size`
  std::int64_t mtime = 0;             // nanoseconds since the epoch
  std::optional<std::uint32_t> mode;  // permission bits; absent: the receiver's default
  std::string target;                 // of a symlink

  friend bool operator==(const Announcement&, const Announcement&) = default;
};

std::string_view name_of(Announcement::Kind kind);

// Behind it stand the path, with a leading slash, and the target.
inline constexpr std::size_t announcement_head_bytes = 28;
// The kernel's longest target (PATH_MAX) is as long as the longest path.
inline constexpr std::uint32_t max_announcement_bytes = announcement_head_bytes + 2 * (limits::path_bytes + 1);

// Replaces what is in `out`.
void encode_announcement(const Announcement& announcement, std::vector<std::byte>& out);
// Code::protocol for what is none, the errors of RemotePath::parse() for its path.
Result<Announcement> decode_announcement(Bytes in);

}  // namespace dftp
