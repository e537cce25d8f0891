// What an open file has space for, where it has holes, and copies inside of the server.
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "proto/wire/limits.h"
#include "server/mount/operations.h"

namespace dftp::server::operations {
namespace {

std::string handle_name(std::uint64_t handle) {
  return "handle " + std::to_string(handle);
}

bool in_range(std::uint64_t offset, std::uint64_t length) {
  return offset <= limits::file_bytes && length <= limits::file_bytes - offset;
}

int allocate_flags(fs::AllocateMode mode) {
  switch (mode) {
    case fs::AllocateMode::extend: break;
    case fs::AllocateMode::keep_size: return FALLOC_FL_KEEP_SIZE;
    case fs::AllocateMode::punch: return FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    case fs::AllocateMode::zero: return FALLOC_FL_ZERO_RANGE;
    case fs::AllocateMode::zero_keep_size: return FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;
    case fs::AllocateMode::collapse: return FALLOC_FL_COLLAPSE_RANGE;
    case fs::AllocateMode::insert: return FALLOC_FL_INSERT_RANGE;
  }
  return 0;
}

// Without execution for the group the second one is no right.
bool ends_set_ids(std::uint32_t mode) {
  return (mode & S_ISUID) || (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
}

// Changes the content of an open file by `change`, which fails like a system call; the attributes afterwards.
template <class Change>
Result<fs::Attr> change_content(MountState& mount, const Handle& handle, const std::string& where, Change change) {
  ScopedChange own(mount, handle.node, handle.file->number());
  const auto changed = acting_as(handle.opener, [&] {
    const WithoutSetIds ordinary;
    return change(handle.file->number());
  });
  const int error = errno;
  auto now = mount.attr_of(handle.file->number());
  // Not every file system sees to it when it is given space.
  if (changed >= 0 && now && ends_set_ids(now->mode) &&
      ::fchmod(handle.file->number(), now->mode & 07777 & ~set_id_bits) == 0)
    now = mount.attr_of(handle.file->number());
  if (now) own.done(*now);
  mount.broadcast(
      {.key = handle.key, .what = {fs::What::attr, fs::What::data}, .now = now ? std::optional(*now) : std::nullopt});
  if (changed < 0) return fail_errno(error, where);
  return now;
}

Result<std::shared_ptr<Handle>> writable(MountState& mount, std::uint64_t id) {
  auto handle = mount.handles.find(id);
  if (handle && !(*handle)->writes()) return fail_errno(EBADF, handle_name(id));
  return handle;
}

}  // namespace

Result<fs::AttrReply> fallocate(MountState& mount, const fs::Fallocate& request) {
  const auto handle = writable(mount, request.handle);
  if (!handle) return std::unexpected(handle.error());
  if (!in_range(request.offset, request.length)) return fail_errno(EFBIG, handle_name(request.handle));
  fs::AttrReply reply;
  auto now = change_content(mount, **handle, handle_name(request.handle), [&](int file) {
    const int changed = uninterrupted([&] {
      return ::fallocate(file, allocate_flags(request.mode), static_cast<off_t>(request.offset),
                         static_cast<off_t>(request.length));
    });
    reply.at = mount.events.next();
    return changed;
  });
  if (!now) return std::unexpected(now.error());
  reply.attr = *now;
  reply.watched = mount.watched((*handle)->node);
  return reply;
}

Result<fs::SeekReply> seek(MountState& mount, const fs::Seek& request) {
  const auto handle = mount.handles.find(request.handle);
  if (!handle) return std::unexpected(handle.error());
  if (request.offset > limits::file_bytes) return fail_errno(ENXIO, handle_name(request.handle));
  const std::lock_guard lock((*handle)->position);
  const off_t found = ::lseek((*handle)->file->number(), static_cast<off_t>(request.offset),
                              request.what == fs::SeekFor::data ? SEEK_DATA : SEEK_HOLE);
  if (found < 0) return fail_errno(errno, handle_name(request.handle));
  return fs::SeekReply{static_cast<std::uint64_t>(found)};
}

Result<fs::CopyRangeReply> copy_range(MountState& mount, const fs::CopyRange& request) {
  const auto from = mount.handles.find(request.handle);
  if (!from) return std::unexpected(from.error());
  if (!(*from)->reads()) return fail_errno(EBADF, handle_name(request.handle));
  const auto to = writable(mount, request.to_handle);
  if (!to) return std::unexpected(to.error());
  const std::uint64_t length = std::min(request.length, limits::copy_range_bytes);
  if (!in_range(request.offset, length) || !in_range(request.to_offset, length))
    return fail_errno(EFBIG, handle_name(request.to_handle));
  fs::CopyRangeReply reply;
  auto now = change_content(mount, **to, handle_name(request.to_handle), [&](int file) {
    auto source = static_cast<off_t>(request.offset), target = static_cast<off_t>(request.to_offset);
    const ssize_t copied =
        uninterrupted([&] { return ::copy_file_range((*from)->file->number(), &source, file, &target, length, 0); });
    reply.at = mount.events.next();
    if (copied > 0) reply.copied = static_cast<std::uint64_t>(copied);
    return copied;
  });
  if (!now) return std::unexpected(now.error());
  reply.attr = *now;
  return reply;
}

}  // namespace dftp::server::operations
