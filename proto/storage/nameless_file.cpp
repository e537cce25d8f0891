#include "proto/storage/nameless_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "proto/storage/move.h"
#include "proto/storage/partial_lock.h"
#include "proto/storage/posix_partial.h"
#include "proto/storage/proc_path.h"

namespace dftp {
namespace {

class NamelessFile final : public PosixPartial {
 public:
  NamelessFile(Descriptor file, ParentAndName target, std::string where)
      : PosixPartial(std::move(file), std::move(target), std::move(where)) {}

  Result<void> discard() override {
    close();
    return {};
  }

 private:
  Result<void> take_name(const Publish& how) override {
    if (!how.exchanges() && link(target())) return {};
    if (!how.exchanges() && (errno != EEXIST || !how.replace)) return fail_errno(errno, where());
    // Only a file with a name can replace another in one step.
    if (auto free = check_replaceable(target(), where()); !free) return free;
    const ParentAndName hidden{target().directory, unused_partial_name()};
    if (!link(hidden)) return fail_errno(errno, where());
    auto moved = publish_name(hidden, target(), how, where());
    if (!moved) ::unlinkat(hidden.at(), hidden.name.c_str(), 0);
    return moved;
  }

  bool link(const ParentAndName& place) const {
    if (::linkat(file(), "", place.at(), place.name.c_str(), AT_EMPTY_PATH) == 0) return true;
    if (errno != ENOENT) return false;
    // That was for want of CAP_DAC_READ_SEARCH; by this name everybody may.
    return ::linkat(AT_FDCWD, proc_path(file()).c_str(), place.at(), place.name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }
};

}  // namespace

Result<std::unique_ptr<PartialFile>> make_nameless_file(ParentAndName target, std::string where) {
  Descriptor file(::openat(target.at(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, partial_mode));
  // EISDIR is what a kernel says that does not know the flag for this file system.
  if (!file && (errno == EISDIR || errno == EINVAL)) errno = EOPNOTSUPP;
  if (!file) return fail_errno(errno, where);
  return std::make_unique<NamelessFile>(std::move(file), std::move(target), std::move(where));
}

}  // namespace dftp
