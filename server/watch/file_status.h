// What statx(2) says of a file, and by what it is known again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "proto/wire/mount_message.h"

namespace dftp::server {

struct FileKey {
  std::uint64_t device = 0, inode = 0;
  friend bool operator==(const FileKey&, const FileKey&) = default;
};

struct FileKeyHash {
  std::size_t operator()(const FileKey& key) const {
    return std::hash<std::uint64_t>()(key.inode * 0x9e3779b97f4a7c15 ^ key.device);
  }
};

struct FileStatus {
  FileKey key;
  std::int64_t birth = 0;  // ns; tells files apart that had the same inode one after the other; 0: not known
  fs::Attr attr;

  bool is_directory() const { return (attr.mode & 0170000) == 0040000; }
  bool is_regular() const { return (attr.mode & 0170000) == 0100000; }
  // The same file; not another one that got its inode.
  bool same_file(const FileStatus& other) const { return key == other.key && birth == other.birth; }
};

// Of `name` in the directory `at`, a link itself; of `at` itself when `name` is empty.
Result<FileStatus> stat_at(int at, const std::string& name = {});

}  // namespace dftp::server
