#include "proto/storage/partial_lock.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "proto/storage/move.h"
#include "proto/storage/regular_file.h"
#include "proto/storage/storage.h"
#include "proto/wire/encoding.h"

namespace dftp {
namespace {

constexpr int open_flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
// Another process may publish, collect or begin the same partial between any two of our calls; then we start afresh.
constexpr int claim_attempts = 16;

// The same for the same owner and target, whatever process or machine asks: that is how an upload is found again.
std::string partial_name(std::string_view owner, std::string_view target) {
  std::string text(owner);
  text += '\0';
  text += target;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return std::string(partial_prefix) + to_hex({reinterpret_cast<const char*>(digest.data()), 16});
}

bool status_at(const ParentAndName& place, const std::string& name, struct ::stat& status) {
  return ::fstatat(place.at(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

// Code::not_found when it went away meanwhile.
Result<Descriptor> open_existing(const ParentAndName& target, const std::string& name, const std::string& where) {
  struct ::stat status;
  if (!status_at(target, name, status)) return fail_errno(errno, where);
  if (!S_ISREG(status.st_mode)) {
    return fail(Code::denied, where, "something that is no file has the name of its partial, " + name);
  }
  Descriptor file = open_partial_file(target.at(), name.c_str());
  if (!file) return fail_errno(errno, where);
  return file;
}

Result<void> lock(const Descriptor& file, const std::string& where) {
  if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK) return fail(Code::busy, where, "another upload of this file is running");
  return fail_errno(errno, where);
}

// Someone who may write here could have made the file himself, or given it a second name, to read and change it
// afterwards. (A second name is also what a crash in the middle of a rename without RENAME_NOREPLACE leaves.)
bool is_ours_alone(const struct ::stat& status) {
  return S_ISREG(status.st_mode) && status.st_nlink == 1 && status.st_uid == ::geteuid();
}

}  // namespace

Result<struct ::stat> PartialLock::status(const std::string& where) const {
  struct ::stat named;
  if (status_at(target, name, named) && named.st_dev == device && named.st_ino == inode) return named;
  return fail(Code::io, where, "its partial file was removed or replaced by someone else");
}

Descriptor open_partial_file(int directory, const char* name) {
  Descriptor file = open_regular_at(directory, name, open_flags);
  if (file || errno != EACCES) return file;
  // It was given a read-only source's mode, and stopped before it was published.
  if (::fchmodat(directory, name, partial_mode, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return open_regular_at(directory, name, open_flags);
}

Result<PartialLock> lock_partial(ParentAndName target, std::string_view owner, const std::string& where) {
  if (auto valid = check_replaceable(target, where); !valid) return std::unexpected(valid.error());
  PartialLock claim;
  claim.target = std::move(target);
  claim.name = partial_name(owner, claim.target.name);
  for (int attempt = 0; attempt < claim_attempts; ++attempt) {
    const int made = ::openat(claim.target.at(), claim.name.c_str(), open_flags | O_CREAT | O_EXCL, partial_mode);
    if (made < 0 && errno != EEXIST) return fail_errno(errno, where);
    auto file = made >= 0 ? Descriptor(made) : open_existing(claim.target, claim.name, where);
    if (!file && file.error().code == Code::not_found) continue;
    if (!file) return std::unexpected(file.error());
    if (auto locked = lock(*file, where); !locked) return std::unexpected(locked.error());

    struct ::stat status;
    if (::fstat(file->number(), &status) != 0) return fail_errno(errno, where);
    claim.device = status.st_dev;
    claim.inode = status.st_ino;
    if (!claim.status(where)) continue;
    if (made < 0 && !is_ours_alone(status)) {
      if (::unlinkat(claim.target.at(), claim.name.c_str(), 0) != 0) return fail_errno(errno, where);
      continue;
    }
    if (made < 0 && ::fchmod(file->number(), partial_mode) != 0) return fail_errno(errno, where);
    claim.file = std::move(*file);
    claim.existed = status.st_size > 0;
    return claim;
  }
  return fail(Code::busy, where, "another upload of this file is running");
}

}  // namespace dftp
