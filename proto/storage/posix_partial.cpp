#include "proto/storage/posix_partial.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "proto/storage/content.h"
#include "proto/storage/partial_lock.h"
#include "proto/storage/regular_file.h"

namespace dftp {

Result<void> PosixPartial::copy_target(std::uint64_t max) {
  const Descriptor source = open_regular_at(target_.at(), target_.name.c_str(), O_RDONLY | O_NOFOLLOW);
  if (!source && errno == ENXIO) return fail(Code::not_found, where_, "there is no regular file to begin with");
  if (!source) return fail_errno(errno, where_);
  return changed(content::copy(source.number(), file(), max, where_));
}

Result<void> PosixPartial::copy_range(ReadFile& from, std::uint64_t offset, std::uint64_t length) {
  if (from.descriptor() < 0) return PartialFile::copy_range(from, offset, length);
  written_ = true;
  auto copied = content::copy_range(from.descriptor(), file(), {offset, length}, where_);
  if (copied && *copied < length) return fail(Code::changed, where_, "the file became shorter while it was copied");
  return changed(copied ? Result<void>() : std::unexpected(copied.error()));
}

Result<void> PosixPartial::set_metadata(const Publish& how) {
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
  auto ready = make_ready(how);
  if (auto named = ready ? take_name(how) : ready; !named) {
    ::fchmod(file(), partial_mode);
    prepared_ = durable_ = false;
    return std::unexpected(named.error());
  }
  auto published = attributes();
  file_ = Descriptor();
  return published;
}

}  // namespace dftp
