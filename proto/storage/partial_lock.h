// Finding and locking the hidden file that an upload is gathered in.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "proto/storage/root_directory.h"

namespace dftp {

inline constexpr mode_t partial_mode = 0600;

// A partial that this process holds; the lock ends with the descriptor.
struct PartialLock {
  ParentAndName target;
  std::string name;  // of the partial, in the target's directory
  Descriptor file;
  dev_t device = 0;
  ino_t inode = 0;
  bool existed = false;  // with content

  // What the partial's name stands for. Code::io when that is no longer this file.
  Result<struct ::stat> status(const std::string& where) const;
};

// Code::busy when another process or session holds it; `where` names the target in errors.
Result<PartialLock> lock_partial(ParentAndName target, std::string_view owner, const std::string& where);

// Opens a partial for reading and writing although its mode may already be that of a read-only source. Sets errno.
Descriptor open_partial_file(int directory, const char* name);

}  // namespace dftp
