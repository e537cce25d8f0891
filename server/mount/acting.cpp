#include "server/mount/acting.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace dftp::server {
namespace {

// The umask is shared by all threads until one of them asks for its own. Where a sandbox forbids that, nothing but
// the process's umask is wrong.
void make_umask_own() {
  thread_local const int own = ::unshare(CLONE_FS);
  (void)own;
}

// The supplementary groups that the process began with, to go back to.
const std::vector<gid_t>& own_groups() {
  static const std::vector<gid_t> groups = [] {
    std::vector<gid_t> found(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    found.resize(static_cast<std::size_t>(std::max(::getgroups(static_cast<int>(found.size()), found.data()), 0)));
    return found;
  }();
  return groups;
}

// The C library's functions of these names change all threads.
template <class Group>
bool set_groups(const std::vector<Group>& groups) {
  return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

struct Capabilities {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};

  bool get() { return ::syscall(SYS_capget, &header, data) == 0; }
  bool set() { return ::syscall(SYS_capset, &header, data) == 0; }
};

constexpr std::uint32_t set_id_bit = 1u << CAP_FSETID;

}  // namespace

bool can_act() {
  static const bool can = ::geteuid() == 0 && (own_groups(), set_groups(own_groups()));
  return can;
}

Acting::Acting(const std::optional<fs::Caller>& caller, std::uint32_t umask)
    : as_other_(caller.has_value()), umask_before_((make_umask_own(), ::umask(umask & 0777))) {
  if (!as_other_) return;
  // The groups first: that takes a capability which the user may not have.
  became_ = set_groups(caller->groups);
  ::syscall(SYS_setfsgid, caller->gid);
  ::syscall(SYS_setfsuid, caller->uid);
  // These two say what was, and not whether it was done.
  became_ = became_ && ::syscall(SYS_setfsgid, -1) == static_cast<long>(caller->gid) &&
            ::syscall(SYS_setfsuid, -1) == static_cast<long>(caller->uid);
}

Acting::~Acting() {
  const int error = errno;
  if (as_other_) {
    ::syscall(SYS_setfsuid, ::geteuid());
    ::syscall(SYS_setfsgid, ::getegid());
    // The thread has other work to do, and must not do it as somebody else.
    if (!set_groups(own_groups())) std::abort();
  }
  ::umask(umask_before_);
  errno = error;
}

WithoutSetIds::WithoutSetIds(bool needed) {
  if (!needed) return;
  Capabilities own;
  if (!own.get() || !(own.data[0].effective & set_id_bit)) return;
  own.data[0].effective &= ~set_id_bit;
  taken_ = own.set();
}

WithoutSetIds::~WithoutSetIds() {
  if (!taken_) return;
  const int error = errno;
  Capabilities own;
  if (own.get()) {
    own.data[0].effective |= set_id_bit;
    own.set();
  }
  errno = error;
}

}  // namespace dftp::server
