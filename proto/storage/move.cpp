#include "proto/storage/move.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "proto/storage/storage.h"
#include "proto/wire/encoding.h"

namespace dftp {
namespace {

// For file systems without RENAME_NOREPLACE. A second name is refused when it is taken, just as atomically, but not
// everything can have one: for directories the check comes before the rename, which at worst replaces an empty one.
int link_and_remove(const Place& from, const Place& to) {
  if (::linkat(from.at(), from.name.c_str(), to.at(), to.name.c_str(), 0) == 0) {
    return ::unlinkat(from.at(), from.name.c_str(), 0);
  }
  if (errno != EPERM) return -1;
  struct ::stat taken;
  if (::fstatat(to.at(), to.name.c_str(), &taken, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return -1;
  }
  return ::renameat(from.at(), from.name.c_str(), to.at(), to.name.c_str());
}

}  // namespace

Result<void> move_name(const Place& from, const Place& to, bool replace, const std::string& where) {
  const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
  int moved = ::renameat2(from.at(), from.name.c_str(), to.at(), to.name.c_str(), flags);
  if (moved != 0 && !replace && (errno == EINVAL || errno == ENOSYS)) moved = link_and_remove(from, to);
  if (moved == 0) return {};
  if (errno == EXDEV) return fail(Code::unsupported, where, "the two names are on different file systems");
  return fail_errno(errno, where);
}

Result<void> check_replaceable(const Place& target, const std::string& where) {
  struct ::stat status;
  if (::fstatat(target.at(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno(errno, where);
  }
  if (S_ISDIR(status.st_mode)) return fail_errno(EISDIR, where);
  if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) return {};
  return fail(Code::unsupported, where, "a device, pipe or socket has this name, and is not replaced");
}

std::string unused_partial_name() {
  std::array<char, 16> random;
  while (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) continue;
  return std::string(partial_prefix) + to_hex({random.data(), random.size()});
}

}  // namespace dftp
