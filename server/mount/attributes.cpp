// Attributes of nodes, and of the file system they are in.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "proto/storage/content.h"
#include "proto/storage/proc_path.h"
#include "proto/wire/limits.h"
#include "server/mount/entries.h"
#include "server/mount/operations.h"

namespace dftp::server::operations {
namespace {

std::string node_name(std::uint64_t node) {
  return "node " + std::to_string(node);
}

timespec time_of(const std::optional<std::int64_t>& time, bool now) {
  if (now) return {.tv_sec = 0, .tv_nsec = UTIME_NOW};
  if (!time) return {.tv_sec = 0, .tv_nsec = UTIME_OMIT};
  return content::time_from(*time);
}

Result<void> may_set(const MountState& mount, const fs::Setattr& request) {
  if ((request.size && *request.size > limits::file_bytes)) return fail_errno(EFBIG, node_name(request.node));
  return check_may_change(mount, request.node, request.as);
}

int set_size(MountState& mount, const fs::Setattr& request, const std::string& path) {
  const auto size = static_cast<off_t>(*request.size);
  const WithoutSetIds ordinary;
  if (request.handle == 0) return ::truncate(path.c_str(), size);
  const auto handle = mount.handles.find(request.handle);
  if (handle && (*handle)->node == request.node && (*handle)->writes())
    return ::ftruncate((*handle)->file->number(), size);
  errno = EBADF;
  return -1;
}

// The owner comes before the mode: a change of the owner takes set-id bits away.
int set_all(MountState& mount, const fs::Setattr& request, const FileStatus& before, int held) {
  const std::string path = proc_path(held);
  if (request.size && set_size(mount, request, path) != 0) return -1;
  if ((request.uid || request.gid) && ::fchownat(held, "", request.uid.value_or(static_cast<uid_t>(-1)),
                                                 request.gid.value_or(static_cast<gid_t>(-1)), AT_EMPTY_PATH) != 0)
    return -1;
  if (request.mode &&
      ::chmod(path.c_str(), allowed_mode(*request.mode & 07777, before.is_directory(), request.as)) != 0)
    return -1;
  if (!request.atime && !request.mtime && !request.atime_now && !request.mtime_now) return 0;
  const timespec times[2] = {time_of(request.atime, request.atime_now), time_of(request.mtime, request.mtime_now)};
  return ::utimensat(held, "", times, AT_EMPTY_PATH);
}

}  // namespace

Result<fs::AttrReply> getattr(MountState& mount, const fs::Getattr& request) {
  const auto held = mount.nodes.open_to_stat(request.node);
  fs::AttrReply reply;
  reply.watched = mount.watched(request.node);
  reply.at = mount.events.last();
  if (const auto last = held ? std::nullopt : mount.nodes.last_of_removed(request.node)) {
    reply.attr = *last;
    return reply;
  }
  if (!held) return std::unexpected(held.error());
  auto attr = mount.attr_of((*held)->number());
  if (!attr) return std::unexpected(attr.error());
  reply.attr = *attr;
  return reply;
}

Result<fs::AttrReply> setattr(MountState& mount, const fs::Setattr& request) {
  if (auto may = may_set(mount, request); !may) return std::unexpected(may.error());
  const auto held = mount.nodes.open(request.node, request.named);
  if (!held) return std::unexpected(held.error());
  const int file = (*held)->number();
  const auto before = stat_at(file);
  if (!before) return std::unexpected(before.error());
  ScopedChange change(mount, request.node, file);
  const int set = acting_as(request.as, [&] { return set_all(mount, request, *before, file); });
  const int error = errno;
  fs::AttrReply reply{.at = mount.events.next()};
  const auto now = mount.attr_of(file);
  if (!now) return std::unexpected(now.error());
  // Some of it may have been set before the rest failed.
  change.done(*now);
  if (now->ctime != before->attr.ctime) {
    std::vector what{fs::What::attr};
    if (request.size) what.push_back(fs::What::data);
    mount.broadcast({.key = before->key, .what = std::move(what), .now = *now});
  }
  if (set != 0) return fail_errno(error, node_name(request.node));
  reply.attr = *now;
  reply.watched = mount.watched(request.node);
  return reply;
}

Result<Empty> access(MountState& mount, const fs::CheckAccess& request) {
  const auto held = mount.nodes.open(request.node);
  if (!held) return std::unexpected(held.error());
  const int mask = static_cast<int>(request.mask & (R_OK | W_OK | X_OK));
  const long may = acting_as(
      request.as, [&] { return ::syscall(SYS_faccessat2, (*held)->number(), "", mask, AT_EMPTY_PATH | AT_EACCESS); });
  if (may != 0) return fail_errno(errno, node_name(request.node));
  if ((request.mask & W_OK) && !mount.terms.write) return fail_errno(EROFS, node_name(request.node));
  return Empty{};
}

Result<fs::StatfsReply> statfs(MountState& mount, const fs::Statfs& request) {
  const auto held = mount.nodes.open(request.node);
  if (!held) return std::unexpected(held.error());
  struct ::statvfs disk;
  if (::fstatvfs((*held)->number(), &disk) != 0) return fail_errno(errno, node_name(request.node));
  return fs::StatfsReply{.block_bytes = disk.f_frsize,
                         .blocks = disk.f_blocks,
                         .blocks_free = disk.f_bfree,
                         .blocks_available = disk.f_bavail,
                         .files = disk.f_files,
                         .files_free = disk.f_ffree,
                         .name_bytes = static_cast<std::uint32_t>(disk.f_namemax)};
}

}  // namespace dftp::server::operations
