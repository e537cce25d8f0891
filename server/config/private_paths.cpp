#include "server/config/private_paths.h"

#include <sys/stat.h>

#include <optional>

#include "server/config/state_directory.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

enum class Keep { from_writing, secret };

struct PrivatePath {
  fs::path path;  // empty: there is none
  std::string what;
  std::string key;  // by which another place is named
  Keep keep = Keep::from_writing;
};

std::vector<PrivatePath> private_paths(const Config& config) {
  std::vector<PrivatePath> paths = {
      {config.state, "the server's state", "state"},
      {config.state / "server.key", "the server's key", "state", Keep::secret},
      {config.state / "users.toml", "the file of the users", "state", Keep::secret},
      {config.key, "the server's key", "key", Keep::secret},
      {config.certificate, "the server's certificate", "certificate"},
      {config.log_file, "the log", "log-file"},
      {config.file, "the configuration", "config"},
  };
  for (const Endpoint& endpoint : config.listen) {
    if (endpoint.is_unix()) paths.push_back({endpoint.unix_socket, "the server's socket", "listen"});
  }
  return paths;
}

std::optional<struct stat> look(const fs::path& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

// A directory may be reached by several paths (bind mounts), which only it itself tells.
bool has_above(fs::path path, const struct stat& root) {
  for (;; path = path.parent_path()) {
    const auto status = look(path);
    if (status && status->st_dev == root.st_dev && status->st_ino == root.st_ino) return true;
    if (path == path.parent_path()) return false;
  }
}

// By its name, which somebody could give to something else, or in truth.
bool shared(const fs::path& path, const fs::path& root) {
  const auto identity = look(root);
  const auto resolved = resolved_path(path);
  if (lies_inside(path.lexically_normal(), root) || (resolved && lies_inside(*resolved, root))) return true;
  return identity && resolved && has_above(*resolved, *identity);
}

Result<void> check_mode(const PrivatePath& own) {
  const auto status = look(own.path);
  // Whoever may use a socket is let in by its mode, and a device or a pipe is the system's matter.
  if (!status || (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode))) return {};
  const bool written = status->st_mode & S_IWOTH, read = status->st_mode & S_IROTH;
  const std::string path = own.path.string();
  if (written) return fail(Code::usage, path, "others may write " + own.what + "; chmod o-w " + path);
  if (read && own.keep == Keep::secret)
    return fail(Code::usage, path, "others may read " + own.what + "; chmod 600 " + path);
  return {};
}

}  // namespace

Problems check_private_paths(const Config& config) {
  Problems problems;
  for (const PrivatePath& own : private_paths(config)) {
    if (own.path.empty()) continue;
    Result<void> kept = check_mode(own);
    if (shared(own.path, config.root)) {
      kept = fail(Code::usage, own.path,
                  own.what + " must not lie inside the directory that is shared; name another place with --" + own.key);
    }
    if (!kept) problems.push_back(at_key(config, own.key, std::move(kept.error())));
  }
  return problems;
}

}  // namespace dftp::server
