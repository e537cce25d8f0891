#include "server/config/home_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ranges>

#include "proto/storage/descriptor.h"
#include "proto/storage/storage.h"
#include "server/config/state_directory.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

// What root makes belongs to whoever owns what it is made in, whose server must be able to write there.
Result<void> make_directory(int parent, const std::string& name, const fs::path& path) {
  struct stat above;
  if (::mkdirat(parent, name.c_str(), 0777) != 0) return fail_errno(errno, path);
  if (::geteuid() != 0) return {};
  if (::fstat(parent, &above) == 0 &&
      ::fchownat(parent, name.c_str(), above.st_uid, above.st_gid, AT_SYMLINK_NOFOLLOW) == 0) {
    return {};
  }
  const int number = errno;
  ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
  return fail_errno(number, path);
}

Result<Descriptor> enter(int parent, const std::string& name, const fs::path& path) {
  Descriptor directory(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && errno == ENOTDIR) {
    return fail(Code::usage, path, "is no directory, and a home is reached through no symbolic link");
  }
  if (!directory) return fail_errno(errno, path);
  return directory;
}

Result<void> make_all(const fs::path& root, const RemotePath& home, std::vector<fs::path>& made) {
  Descriptor at(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!at) return fail_errno(errno, root);
  fs::path path = root;
  for (const std::string& name : home.names()) {
    path /= name;
    if (is_reserved(name)) return fail(Code::usage, path, "is a name of unfinished uploads");
    auto entered = enter(at.number(), name, path);
    if (!entered && entered.error().code == Code::not_found) {
      if (auto done = make_directory(at.number(), name, path); !done) return done;
      made.push_back(path);
      entered = enter(at.number(), name, path);
    }
    if (!entered) return std::unexpected(std::move(entered.error()));
    at = std::move(*entered);
  }
  return {};
}

}  // namespace

Result<RemotePath> parse_home(const std::string& text, const fs::path& root) {
  if (text.empty()) return fail(Code::usage, "--home", "must name a part of the share; without it the user sees all");
  if (printable(text) != text) return fail(Code::usage, "--home", "must be printable UTF-8");
  std::string beneath = text;
  if (!root.empty() && text.starts_with('/')) {
    const auto path = resolved_path(text);
    if (!path) return std::unexpected(when("--home", path.error()));
    std::error_code error;
    if (lies_inside(*path, root)) {
      beneath = path->lexically_relative(root);
    } else if (!fs::is_directory(root / text.substr(text.find_first_not_of('/')), error)) {
      return fail(Code::usage, "--home " + text, "lies outside of the share " + root.string() + "; name a part of it");
    }
  }
  auto home = RemotePath::parse(beneath == "." ? "" : beneath);
  if (!home) return fail(Code::usage, "--home", describe(home.error()));
  return home;
}

Result<std::vector<fs::path>> make_home(const fs::path& root, const RemotePath& home) {
  std::vector<fs::path> made;
  if (auto done = make_all(root, home, made); !done) {
    unmake_home(made);
    return std::unexpected(std::move(done.error()));
  }
  return made;
}

void unmake_home(const std::vector<fs::path>& made) {
  for (const fs::path& path : made | std::views::reverse) ::rmdir(path.c_str());
}

}  // namespace dftp::server
