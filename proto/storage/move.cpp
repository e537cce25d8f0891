#include "proto/storage/move.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "proto/storage/content.h"
#include "proto/storage/storage.h"
#include "proto/wire/encoding.h"

namespace dftp {
namespace {

// For file systems without RENAME_NOREPLACE. A second name is refused when it is taken, just as atomically, but not
// everything can have one: for directories the check comes before the rename, which at worst replaces an empty one.
int link_and_remove(const ParentAndName& from, const ParentAndName& to) {
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

Result<void> move_name(const ParentAndName& from, const ParentAndName& to, bool replace, const std::string& where) {
  const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
  int moved = ::renameat2(from.at(), from.name.c_str(), to.at(), to.name.c_str(), flags);
  if (moved != 0 && !replace && (errno == EINVAL || errno == ENOSYS)) moved = link_and_remove(from, to);
  if (moved == 0) return {};
  if (errno == EXDEV) return fail(Code::unsupported, where, "the two names are on different file systems");
  return fail_errno(errno, where);
}

namespace {

Result<void> exchange(const ParentAndName& from, const ParentAndName& to, const std::string& where) {
  if (::renameat2(from.at(), from.name.c_str(), to.at(), to.name.c_str(), RENAME_EXCHANGE) == 0) return {};
  if (errno == EINVAL || errno == ENOSYS) {
    return fail(Code::unsupported, where, "this file system cannot exchange two names in one step");
  }
  return fail_errno(errno, where);
}

Result<Attributes> look_at(const ParentAndName& place, const std::string& where) {
  struct ::stat status;
  if (::fstatat(place.at(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return fail_errno(errno, where);
  return content::attributes_from(status);
}

// A rename sets the change time.
bool same_but_renamed(const Attributes& one, const Attributes& other) {
  return one.inode == other.inode && one.size == other.size && one.mtime_ns == other.mtime_ns;
}

Error other_version(const std::string& there, const std::string& wanted, const std::string& where) {
  return {Code::changed, {}, where, "its version is " + there + ", not " + wanted};
}

// A second name for the old file, before it loses its own: at no time is it without one.
Result<void> keep_backup(const ParentAndName& to, const std::string& suffix, const std::string& where) {
  const ParentAndName kept{to.directory, to.name + suffix}, hidden{to.directory, unused_partial_name()};
  const std::string place = where + suffix;
  if (::linkat(to.at(), to.name.c_str(), hidden.at(), hidden.name.c_str(), 0) != 0) return fail_errno(errno, place);
  auto moved = move_name(hidden, kept, true, place);
  // Also when both were names of one file, which rename leaves as they are.
  ::unlinkat(hidden.at(), hidden.name.c_str(), 0);
  return moved;
}

}  // namespace

Result<void> publish_name(const ParentAndName& from, const ParentAndName& to, const Publish& how,
                          const std::string& where) {
  if (!how.exchanges() || !how.replace) return move_name(from, to, how.replace, where);
  const auto before = look_at(to, where);
  if (!before && before.error().code != Code::not_found) return std::unexpected(before.error());
  const std::string there = before ? version_of(*before) : std::string(no_version);
  if (!how.if_version.empty() && there != how.if_version) {
    return std::unexpected(other_version(there, how.if_version, where));
  }
  if (!before) return move_name(from, to, false, where);
  if (before->type == FileType::directory) return fail_errno(EISDIR, where);
  if (auto kept = how.backup.empty() ? Result<void>() : keep_backup(to, how.backup, where); !kept) return kept;
  if (auto exchanged = exchange(from, to, where); !exchanged) return exchanged;
  const auto gave_way = look_at(from, where);
  if (gave_way && same_but_renamed(*before, *gave_way)) {
    ::unlinkat(from.at(), from.name.c_str(), 0);
    return {};
  }
  if (auto back = exchange(from, to, where); !back) return back;
  return fail(Code::changed, where, "somebody else changed it at the same moment");
}

Result<void> check_replaceable(const ParentAndName& target, const std::string& where) {
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
