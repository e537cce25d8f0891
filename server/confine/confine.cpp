#include "server/confine/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <span>

#include "proto/storage/descriptor.h"

namespace dftp::server {
namespace {

// Of later kernels than the header of Debian 12 knows.
constexpr std::uint64_t truncate_right = 1ULL << 14;  // from version 3 on
constexpr std::uint64_t signal_scope = 1ULL << 1;     // from version 6 on
// Before it a file could not be moved to another directory at all.
constexpr int least_version = 2, version_with_truncate = 3, version_with_scopes = 6;

// landlock_ruleset_attr(7) as of version 6; older kernels take it when what they do not know is left out.
struct RulesetAttributes {
  std::uint64_t files = 0, network = 0, scopes = 0;
};

constexpr std::uint64_t look = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t change =
    look | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | truncate_right;
constexpr std::uint64_t make_sockets = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
// What can be said of a file that is no directory.
constexpr std::uint64_t of_files =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | truncate_right;

Result<void> allow(int ruleset, std::uint64_t rights, std::span<const std::filesystem::path> paths) {
  for (const auto& path : paths) {
    const Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) continue;
    struct stat found{};
    if (::fstat(place.number(), &found) != 0) return fail_errno(errno, path);
    landlock_path_beneath_attr rule{};
    rule.allowed_access = S_ISDIR(found.st_mode) ? rights : rights & of_files;
    rule.parent_fd = place.number();
    if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) continue;
    // A pipe or socket by its name in /proc, which needs no rule.
    if (errno != EBADFD) return fail_errno(errno, path);
  }
  return {};
}

}  // namespace

int landlock_version() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < least_version ? 0 : static_cast<int>(version);
}

Result<void> give_up_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(errno, "no_new_privs");
  return {};
}

Result<void> give_up_files(const Reach& reach) {
  const int version = landlock_version();
  if (version == 0)
    return fail(Code::unsupported, "landlock", "this kernel has none that is of use (from Linux 5.19 on)");
  const std::uint64_t known = version >= version_with_truncate ? ~std::uint64_t{0} : ~truncate_right;
  RulesetAttributes attributes{.files = (change | LANDLOCK_ACCESS_FS_EXECUTE) & known};
  if (version >= version_with_scopes) attributes.scopes = signal_scope;
  const std::size_t bytes = version >= version_with_scopes ? sizeof attributes : sizeof attributes.files;
  const Descriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, bytes, 0)));
  if (!ruleset) return fail_errno(errno, "landlock");
  if (auto read = allow(ruleset.number(), look, reach.read); !read) return read;
  if (auto changed = allow(ruleset.number(), change & known, reach.change); !changed) return changed;
  if (auto made = allow(ruleset.number(), make_sockets, reach.sockets); !made) return made;
  if (::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) != 0) return fail_errno(errno, "landlock");
  return {};
}

}  // namespace dftp::server
