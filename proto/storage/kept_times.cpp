#include "proto/storage/kept_times.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <optional>

#include "proto/storage/content.h"
#include "proto/storage/descriptor.h"

namespace dftp {
namespace {

// What `file` has after it was given this time.
std::optional<std::int64_t> set_and_read(int file, std::int64_t ns) {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, content::time_from(ns)};
  struct ::stat status;
  if (::futimens(file, times) != 0 || ::fstat(file, &status) != 0) return std::nullopt;
  return content::attributes_from(status).mtime_ns;
}

// Of those that cannot make a file without a name.
KeptTimes known_of(int directory) {
  struct ::statfs known;
  if (::fstatfs(directory, &known) != 0) return {};
  constexpr long hfs = 0x4244, hfs_plus = 0x482b;  // statfs(2) names them, and no header does
  // From 1980 to 2107, in local time: a day less at both ends is right everywhere.
  constexpr std::int64_t fat_first = 315'619'200, fat_last = 4'354'732'800;
  switch (known.f_type) {
    case MSDOS_SUPER_MAGIC:
    case EXFAT_SUPER_MAGIC:
      return {fat_first * nanoseconds_a_second, fat_last * nanoseconds_a_second, 2 * nanoseconds_a_second};
    case hfs:
    case hfs_plus: return {.step = nanoseconds_a_second};
    default: return {};
  }
}

}  // namespace

KeptTimes kept_times_of(int directory) {
  const Descriptor file(::openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!file) return known_of(directory);
  constexpr KeptTimes all;
  // An odd second, and nines: what is lost of it and one more is what the time is rounded to.
  constexpr std::int64_t fine = 1'000'000'001 * nanoseconds_a_second + 999'999'999;
  const auto first = set_and_read(file.number(), all.first), last = set_and_read(file.number(), all.last);
  const auto rounded = set_and_read(file.number(), fine);
  if (!first || !last || !rounded || *first >= fine || *last <= fine) return {};
  const bool coarse = *rounded < fine && *rounded > fine - 60 * nanoseconds_a_second;
  return {*first, *last, coarse ? fine - *rounded + 1 : 1};
}

}  // namespace dftp
