#include "server/config/state_directory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "proto/digest/md5.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

Result<fs::path> state_base() {
  if (::geteuid() == 0) return "/var/lib/dftp";
  // A relative value must be ignored (XDG Base Directory Specification).
  if (const char* base = std::getenv("XDG_STATE_HOME"); base && base[0] == '/') return fs::path(base) / "dftp";
  if (const char* home = std::getenv("HOME"); home && home[0] == '/') return fs::path(home) / ".local/state/dftp";
  return fail(Code::usage, "--state", "is needed where there is no $HOME");
}

// The directory's last name, in characters that need no quoting.
std::string plain_name(const fs::path& root) {
  std::string name = root.filename().string().substr(0, 64);
  if (name.empty()) return "root";
  for (char& c : name) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
    if (!plain) c = '_';
  }
  return name;
}

}  // namespace

Result<fs::path> canonical_directory(const fs::path& root) {
  std::error_code error;
  fs::path canonical = fs::canonical(root, error);
  if (error) return std::unexpected(when("cannot share it", from_errno(error.value(), root)));
  if (!fs::is_directory(canonical, error))
    return fail(Code::not_directory, root, "is not a directory; name one to share");
  return canonical;
}

Result<fs::path> resolved_path(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::weakly_canonical(path, error);
  if (error) return fail_errno(error.value(), path);
  return result.has_filename() ? result : result.parent_path();
}

bool lies_inside(const fs::path& path, const fs::path& directory) {
  return std::ranges::mismatch(directory, path).in1 == directory.end();
}

Result<fs::path> default_state(const fs::path& root) {
  const auto canonical = canonical_directory(root);
  if (!canonical) return std::unexpected(canonical.error());
  const auto base = state_base();
  if (!base) return base;
  const std::string digest = to_hex(md5(as_bytes(canonical->native())));
  return resolved_path(*base / (plain_name(*canonical) + "-" + digest.substr(0, 12)));
}

}  // namespace dftp::server
