// mkdir, rmdir, remove, rename, symlink, chmod, utime, touch.
#include <chrono>
#include <initializer_list>

#include "proto/storage/umask.h"
#include "server/commands/handlers.h"
#include "server/commands/remove_tree.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

Result<Empty> done(const Result<void>& result) {
  if (!result) return std::unexpected(result.error());
  return Empty{};
}

Result<void> valid_mode(std::uint32_t mode, std::string where) {
  if (mode > 07777) return fail(Code::invalid_request, std::move(where), "must be permission bits, at most 4095");
  return {};
}

// Carries out `work` in the storage in which the names of the request are found.
template <class Request, class Work>
Result<Empty> within(Storage& storage, const Request& request, std::initializer_list<const RemotePath*> names,
                     Work work) {
  if (!request.within) return done(work(storage));
  for (const RemotePath* name : names) {
    if (name->is_within(*request.within)) continue;
    return fail(Code::invalid_request, name->absolute(), "is not within " + request.within->absolute());
  }
  const auto held = storage.hold(*request.within, Links::follow);
  return held ? done(work(**held)) : std::unexpected(held.error());
}

// Whoever shares a directory has decided who may enter it.
Result<void> not_the_root(const RemotePath& path) {
  if (path.is_root()) return fail(Code::denied, "/", "the root of the share keeps its mode and its time");
  return {};
}

// An existing directory is as good as a new one.
Result<void> ensure_directory(Storage& storage, const RemotePath& path, std::uint32_t mode) {
  auto made = storage.make_directory(path, mode);
  if (made || made.error().code != Code::exists) return made;
  auto found = storage.stat(path, Links::follow);
  return found && found->type == FileType::directory ? Result<void>() : made;
}

}  // namespace

Result<Empty> make_directory(Storage& storage, const MakeDirectory& request) {
  const std::uint32_t mode = request.mode.value_or(new_directory_mode());
  if (auto valid = valid_mode(mode, "params.mode"); !valid) return done(valid);
  return within(storage, request, {&request.path}, [&](Storage& names) -> Result<void> {
    if (!request.parents) return names.make_directory(request.path, mode);
    RemotePath path = request.within.value_or(RemotePath());
    const std::vector<std::string>& all = request.path.names();
    for (std::size_t i = path.names().size(); i + 1 < all.size(); ++i) {
      path = *path.child(all[i]);
      if (auto made = ensure_directory(names, path, new_directory_mode()); !made) return made;
    }
    return path == request.path ? Result<void>() : ensure_directory(names, request.path, mode);
  });
}

Result<Empty> remove_directory(Storage& storage, const RemoveDirectory& request) {
  return within(storage, request, {&request.path},
                [&](Storage& names) { return names.remove_directory(request.path); });
}

namespace {

// A file or a link; and of a file that is not there, what this user has left of an upload of it.
Result<void> remove_one(Storage& storage, const RemotePath& path, const std::string& user) {
  auto removed = storage.remove(path);
  if (removed || removed.error().code != Code::not_found) return removed;
  auto unfinished = storage.open_partial(path, user);
  if (!unfinished || !unfinished->existed) return removed;
  return unfinished->file->discard();
}

}  // namespace

net::Task<Result<RemoveReply>> remove(ActiveRequest& call, const Remove& request) {
  if (request.recursive) co_return co_await remove_tree(call, request);
  ControlSession& session = call.session;
  auto removed = co_await session.pools->disk.run([&] {
    return within(*session.storage, request, {&request.path},
                  [&](Storage& names) { return remove_one(names, request.path, session.user->user); });
  });
  if (!removed) co_return std::unexpected(removed.error());
  co_return RemoveReply{1};
}

Result<Empty> rename(Storage& storage, const Rename& request) {
  return within(storage, request, {&request.from, &request.to},
                [&](Storage& names) { return names.rename(request.from, request.to, request.replace); });
}

Result<Empty> symlink(Storage& storage, const Symlink& request) {
  const std::string& target = request.target.bytes;
  if (target.empty() || target.find('\0') != std::string::npos)
    return fail(Code::invalid_request, "params.target", "must not be empty or have a NUL in it");
  return done(storage.make_symlink(target, request.path, false));
}

Result<Empty> chmod(Storage& storage, const Chmod& request) {
  if (auto valid = valid_mode(request.mode, "params.mode"); !valid) return done(valid);
  if (auto allowed = not_the_root(request.path); !allowed) return done(allowed);
  return within(storage, request, {&request.path},
                [&](Storage& names) { return names.set_mode(request.path, request.mode); });
}

Result<Empty> utime(Storage& storage, const Utime& request) {
  if (auto allowed = not_the_root(request.path); !allowed) return done(allowed);
  return within(storage, request, {&request.path},
                [&](Storage& names) { return names.set_mtime(request.path, request.mtime); });
}

Result<Empty> touch(Storage& storage, const Touch& request) {
  if (auto allowed = not_the_root(request.path); !allowed) return done(allowed);
  const std::int64_t mtime = request.mtime.value_or(now_ns());
  auto touched = storage.set_mtime(request.path, mtime);
  if (touched || touched.error().code != Code::not_found || !request.create) return done(touched);
  auto file = emptied(storage.open_partial(request.path, "touch"));
  if (!file) return std::unexpected(file.error());
  auto made = (*file)->publish({.mode = new_file_mode(), .mtime_ns = mtime, .replace = false});
  if (!made) return std::unexpected(made.error());
  return done(storage.sync_directory(request.path.parent()));
}

}  // namespace dftp::server::commands
