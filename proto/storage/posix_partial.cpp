#include "proto/storage/posix_partial.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "proto/storage/claim.h"
#include "proto/storage/content.h"
#include "proto/storage/move.h"

namespace dftp {
namespace {

class PosixPartial final : public PartialFile {
 public:
  PosixPartial(Claim claim, std::string where) : claim_(std::move(claim)), where_(std::move(where)) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    return content::read(file(), offset, out, where_);
  }
  Result<Attributes> attributes() override { return content::attributes(file(), where_); }
  Result<Extent> extent_at(std::uint64_t offset) override { return content::extent_at(file(), offset, where_); }

  Result<void> write_at(std::uint64_t offset, Bytes data) override {
    return changed(content::write(file(), offset, data, where_));
  }
  Result<void> zero(std::uint64_t offset, std::uint64_t length) override {
    return changed(content::zero(file(), offset, length, where_));
  }
  Result<void> truncate(std::uint64_t size) override { return changed(content::truncate(file(), size, where_)); }
  Result<void> reserve(std::uint64_t size) override;
  Result<void> copy_target(std::uint64_t most) override;

  Result<void> prepare(const Publish& how) override;
  Result<void> flush() override;
  Result<Attributes> publish(const Publish& how) override;
  Result<void> discard() override;

 private:
  int file() const { return claim_.file.number(); }
  Result<void> changed(Result<void> result) {
    prepared_ = durable_ = false;
    return result;
  }
  Result<void> set_metadata(const Publish& how);
  Result<void> make_ready(const Publish& how);

  Claim claim_;
  std::string where_;
  std::uint64_t reserved_ = 0;          // blocks beyond the end may be held up to here
  std::atomic<bool> prepared_ = false;  // mode and time are set, to these:
  std::uint32_t mode_ = 0;
  std::int64_t mtime_ns_ = 0;
  std::atomic<bool> durable_ = false;
};

Result<void> PosixPartial::reserve(std::uint64_t size) {
  auto held = content::reserve(file(), size, where_);
  if (!held) return std::unexpected(held.error());
  if (*held) reserved_ = std::max(reserved_, size);
  return {};
}

Result<void> PosixPartial::copy_target(std::uint64_t most) {
  const Place& target = claim_.target;
  struct ::stat status;
  if (::fstatat(target.at(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return fail_errno(errno, where_);
  if (!S_ISREG(status.st_mode)) return fail(Code::not_found, where_, "there is no regular file to begin with");
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const Descriptor source(::openat(target.at(), target.name.c_str(), flags));
  if (!source) return fail_errno(errno, where_);
  reserved_ = 0;
  return changed(content::copy(source.number(), file(), most, where_));
}

Result<void> PosixPartial::set_metadata(const Publish& how) {
  if (reserved_ > 0) {
    // Cutting the file where it ends gives back what was reserved beyond.
    auto known = attributes();
    if (!known) return std::unexpected(known.error());
    if (auto cut = content::truncate(file(), known->size, where_); !cut) return cut;
    reserved_ = 0;
  }
  const std::uint32_t mode = how.mode & 0777;
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, content::time_from(how.mtime_ns)};
  if (::fchmod(file(), mode) != 0 || ::futimens(file(), times) != 0) return fail_errno(errno, where_);
  mode_ = mode;
  mtime_ns_ = how.mtime_ns;
  prepared_ = true;
  durable_ = false;
  return {};
}

Result<void> PosixPartial::prepare(const Publish& how) {
  if (auto set = set_metadata(how); !set) return set;
  // A hint; flush() finds out whether it went well.
  ::sync_file_range(file(), 0, 0, SYNC_FILE_RANGE_WRITE);
  return {};
}

Result<void> PosixPartial::flush() {
  if (durable_) return {};
  auto synced = content::sync(file(), where_);
  durable_ = synced.has_value();
  // The kernel forgets what it could not write and says so only once: the next attempt must not take it for stored.
  if (!synced) (void)changed(content::truncate(file(), 0, where_));
  return synced;
}

Result<void> PosixPartial::make_ready(const Publish& how) {
  if (!prepared_ || mode_ != (how.mode & 0777) || mtime_ns_ != how.mtime_ns) {
    if (auto set = set_metadata(how); !set) return set;
  }
  return flush();
}

Result<Attributes> PosixPartial::publish(const Publish& how) {
  if (auto ready = make_ready(how); !ready) return std::unexpected(ready.error());
  auto named = claim_.status(where_);
  if (!named) return std::unexpected(named.error());
  if ((named->st_mode & 07777) != mode_) {
    // Another session tried to go on with this file in between (open_partial_file).
    prepared_ = false;
    if (auto ready = make_ready(how); !ready) return std::unexpected(ready.error());
  }
  const Place partial{claim_.target.directory, claim_.name};
  if (auto moved = move_name(partial, claim_.target, how.replace, where_); !moved) {
    ::fchmod(file(), partial_mode);
    prepared_ = durable_ = false;
    return std::unexpected(moved.error());
  }
  auto published = attributes();
  claim_.file = Descriptor();
  return published;
}

Result<void> PosixPartial::discard() {
  if (auto named = claim_.status(where_); !named) return std::unexpected(named.error());
  if (::unlinkat(claim_.target.at(), claim_.name.c_str(), 0) != 0) return fail_errno(errno, where_);
  claim_.file = Descriptor();
  return {};
}

}  // namespace

Result<Storage::OpenedPartial> open_posix_partial(Place target, std::string_view owner, std::string where) {
  auto claim = claim_partial(std::move(target), owner, where);
  if (!claim) return std::unexpected(claim.error());
  const bool existed = claim->existed;
  return Storage::OpenedPartial{std::make_unique<PosixPartial>(std::move(*claim), std::move(where)), existed};
}

}  // namespace dftp
