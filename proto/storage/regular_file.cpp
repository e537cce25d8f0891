#include "proto/storage/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "proto/storage/proc_path.h"

namespace dftp {
namespace {

// O_NONBLOCK: somebody may hold a lease.
constexpr int always = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

bool status_of_regular(const Descriptor& file, struct ::stat& status) {
  if (!file || ::fstat(file.number(), &status) != 0) return false;
  if (S_ISREG(status.st_mode)) return true;
  errno = ENXIO;
  return false;
}

}  // namespace

Descriptor open_regular(const Descriptor& held, int flags, const std::function<Descriptor(int flags)>& by_name) {
  struct ::stat looked, now;
  if (!status_of_regular(held, looked)) return {};
  Descriptor file(::open(proc_path(held.number()).c_str(), (flags & ~O_NOFOLLOW) | always));
  if (file || errno != ENOENT) return file;
  Descriptor named = by_name(flags | always);
  if (!status_of_regular(named, now)) return {};
  if (now.st_dev == looked.st_dev && now.st_ino == looked.st_ino) return named;
  errno = ESTALE;
  return {};
}

Descriptor open_regular_at(int directory, const char* name, int flags) {
  const Descriptor held(::openat(directory, name, O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW)));
  return open_regular(held, flags, [&](int all) { return Descriptor(::openat(directory, name, all)); });
}

}  // namespace dftp
