#include "server/commands/targets.h"

namespace dftp::server {
namespace {

Result<RemotePath> resolve(Storage& storage, const PutTarget& target) {
  if (target.name.empty()) return target.path;
  auto inside = target.path.child(target.name.bytes);
  if (!inside) return inside;
  auto found = storage.stat(target.path, Links::follow);
  if (!found && found.error().code != Code::not_found) return std::unexpected(found.error());
  return found && found->type == FileType::directory ? *inside : target.path;
}

Result<void> check_parent(Storage& storage, const RemotePath& target) {
  const RemotePath parent = target.parent();
  auto found = storage.stat(parent, Links::follow);
  if (!found) return std::unexpected(found.error());
  if (found->type != FileType::directory) return fail(Code::not_directory, parent.absolute(), "is no directory");
  return {};
}

Result<bool> is_present(Storage& storage, const RemotePath& target) {
  auto found = storage.stat(target, Links::keep);
  if (found) return true;
  if (found.error().code == Code::not_found) return false;
  return std::unexpected(found.error());
}

}  // namespace

Result<void> check_sources(Storage& storage, const Get& request) {
  if (request.sources.size() != 1) return {};
  const RemotePath& source = request.sources.front();
  auto found = storage.stat(source, Links::follow);
  if (!found) return std::unexpected(found.error());
  if (found->type == FileType::directory && !request.recursive)
    return fail(Code::is_directory, source.absolute(), "is a directory; ask for it recursively");
  return {};
}

Result<ResolvedTargets> resolve_targets(Storage& storage, const Put& request) {
  ResolvedTargets resolved;
  for (const PutTarget& target : request.targets) {
    auto path = resolve(storage, target);
    if (!path) return std::unexpected(path.error());
    if (auto parent = check_parent(storage, *path); !parent) return std::unexpected(parent.error());
    auto present = is_present(storage, *path);
    if (!present) return std::unexpected(present.error());
    resolved.paths.push_back(std::move(*path));
    resolved.present.push_back(*present);
  }
  return resolved;
}

}  // namespace dftp::server
