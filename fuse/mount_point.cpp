#include "fuse/mount_point.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "proto/net/unique_fd.h"

namespace dftp::mount {
namespace {

constexpr std::string_view own_type = "fuse.dftp";

struct KernelFlag {
  std::string_view word;
  unsigned long flag;
  bool is_set;
};
constexpr KernelFlag kernel_flags[] = {
    {"ro", MS_RDONLY, true},       {"rw", MS_RDONLY, false},       {"nosuid", MS_NOSUID, true},
    {"suid", MS_NOSUID, false},    {"nodev", MS_NODEV, true},      {"dev", MS_NODEV, false},
    {"noexec", MS_NOEXEC, true},   {"exec", MS_NOEXEC, false},     {"noatime", MS_NOATIME, true},
    {"atime", MS_NOATIME, false},  {"sync", MS_SYNCHRONOUS, true}, {"async", MS_SYNCHRONOUS, false},
    {"dirsync", MS_DIRSYNC, true},
};

// A directory that does not exist yet beneath a path that does has no mount either: the plain path will do.
std::string absolute(const std::string& directory) {
  char path[PATH_MAX];
  const std::string parent = directory.substr(0, directory.find_last_not_of('/') + 1);
  const std::size_t slash = parent.rfind('/');
  const std::string name = parent.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") return ::realpath(directory.c_str(), path) ? path : directory;
  // The last name must not be looked into: a dead mount says ENOTCONN.
  const std::string above = slash == parent.npos ? "." : slash == 0 ? "/" : parent.substr(0, slash);
  if (!::realpath(above.c_str(), path)) return directory;
  return std::string(path) + (path[1] == '\0' ? "" : "/") + name;
}

Result<void> detach(const std::string& directory) {
  if (::umount2(directory.c_str(), MNT_DETACH) == 0) return {};
  if (errno != EPERM) return fail_errno(errno, directory);
  const char* arguments[] = {"fusermount3", "-u", "-z", "-q", "--", directory.c_str(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], nullptr, nullptr, const_cast<char**>(arguments), environ);
  if (failed != 0) return fail_errno(failed, "fusermount3");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (status != 0) return fail(Code::denied, directory, "the dead mount there cannot be taken away");
  return {};
}

}  // namespace

std::optional<MountEntry> mounted_on(const std::string& directory) {
  std::optional<MountEntry> last;
  for (MountEntry& entry : mount_table()) {
    if (entry.directory == directory) last = std::move(entry);
  }
  return last;
}

Result<std::string> prepare_mount_point(const std::string& directory) {
  const std::string path = absolute(directory);
  while (true) {
    const auto mounted = mounted_on(path);
    struct stat status{};
    const int failed = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
    if (mounted && mounted->type == own_type && (failed == ENOTCONN || failed == ECONNABORTED)) {
      if (auto gone = detach(path); !gone) return std::unexpected(gone.error());
      continue;
    }
    if (failed) return std::unexpected(when("cannot mount on it", from_errno(failed, directory)));
    if (!S_ISDIR(status.st_mode)) return fail(Code::not_directory, directory, "is no directory; name one to mount on");
    if (mounted && mounted->type == own_type)
      return fail(Code::busy, directory, "a dftp share is mounted there already; umount takes it away");
    return path;
  }
}

Result<std::string> find_mount(const std::string& directory) {
  std::string path = absolute(directory);
  const auto mounted = mounted_on(path);
  if (mounted && mounted->type == own_type) return path;
  return fail(Code::not_found, directory, "no dftp share is mounted there");
}

Result<void> remount(const std::string& directory, const std::vector<std::string>& words) {
  const auto path = find_mount(directory);
  if (!path) return std::unexpected(path.error());
  // As for the first mount.
  unsigned long flags = MS_REMOUNT | MS_NOSUID | MS_NODEV;
  for (const std::string& word : words) {
    for (const auto& [name, flag, is_set] : kernel_flags) {
      if (word == name) flags = is_set ? flags | flag : flags & ~flag;
    }
  }
  if (::mount("none", path->c_str(), nullptr, flags, nullptr) == 0) return {};
  return std::unexpected(when("cannot be mounted anew", from_errno(errno, directory)));
}

Result<void> set_kernel_read_ahead(const std::string& device, unsigned kib) {
  const std::string path = "/sys/class/bdi/" + device + "/read_ahead_kb";
  const net::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return fail_errno(errno, path);
  const std::string text = std::to_string(kib);
  if (::write(file.get(), text.data(), text.size()) < 0) return fail_errno(errno, path);
  return {};
}

}  // namespace dftp::mount
