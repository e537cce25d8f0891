// What changes or tells the extents of open files, past reading and writing.
#include <cerrno>

#include "fuse/files_detail.h"

namespace dftp::mount {

using enum client::MountSession::WaitLimit;

Task<Result<void>> Files::fallocate(std::uint64_t id, fs::Fallocate request) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  const FilePointer file = handle->file;
  co_await drain(file);
  const auto reply = co_await through(handle, request, endless);
  forget_read(*file, 0, UINT64_MAX);
  if (!reply) co_return std::unexpected(reply.error());
  file->size = file->remote_size = reply->attr.size;
  store_mode(*file, reply->attr.mode);
  tree_.adopt_own(file->node, reply->attr, reply->at, reply->watched);
  co_return Result<void>();
}

Task<Result<std::uint64_t>> Files::seek(std::uint64_t id, fs::SeekFor what, std::uint64_t offset) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  const FilePointer file = handle->file;
  co_await drain(file);
  fs::Seek request{0, offset, what};
  const auto reply = co_await through(handle, request, usual);
  if (!reply) co_return std::unexpected(reply.error());
  co_return reply->offset;
}

Task<Result<fs::CopyRangeReply>> Files::copy_range(HandlePointer from, HandlePointer into, fs::CopyRange request) {
  while (true) {
    if (auto usable = co_await make_usable(from); !usable) co_return std::unexpected(usable.error());
    if (auto usable = co_await make_usable(into); !usable) co_return std::unexpected(usable.error());
    const std::uint64_t epoch = into->epoch;
    if (from->epoch != epoch) continue;
    request.handle = from->remote;
    request.to_handle = into->remote;
    auto reply = co_await session_.call(request, epoch, endless);
    if (reply || !client::is_stale(reply.error()) || epoch == session_.epoch()) co_return reply;
  }
}

Task<Result<std::uint64_t>> Files::copy(std::uint64_t id, std::uint64_t offset, std::uint64_t to,
                                        std::uint64_t to_offset, std::uint64_t length) {
  const auto found = find(id), to_found = find(to);
  if (!found) co_return std::unexpected(found.error());
  if (!to_found) co_return std::unexpected(to_found.error());
  const HandlePointer from = *found, into = *to_found;
  const FilePointer source = from->file, target = into->file;
  co_await drain(source);
  co_await drain(target);
  fs::CopyRange request;
  request.offset = offset;
  request.to_offset = to_offset;
  request.length = length;
  const auto reply = co_await copy_range(from, into, request);
  forget_read(*target, 0, UINT64_MAX);
  if (!reply) co_return std::unexpected(reply.error());
  target->remote_size = reply->attr.size;
  store_mode(*target, reply->attr.mode);
  target->size = std::max(target->size, reply->attr.size);
  tree_.adopt_own(target->node, reply->attr, reply->at, tree_.known().is_watched(target->node));
  co_return reply->copied;
}

}  // namespace dftp::mount
