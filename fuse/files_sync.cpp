// What programs wrote: brought to the server, and there to the disk.
#include <cerrno>

#include "fuse/files_detail.h"

namespace dftp::mount {

Task<Result<void>> Files::flush(std::uint64_t id, std::uint64_t owner) {
  const auto handle = find(id);
  if (!handle) co_return std::unexpected(handle.error());
  const FilePointer file = (*handle)->file;
  co_await drain(file);
  co_return (*handle)->error.tell(owner);
}

Task<Result<void>> Files::fsync(std::uint64_t id, bool data_only) {
  const auto handle = find(id);
  if (!handle) co_return std::unexpected(handle.error());
  const FilePointer file = (*handle)->file;
  co_await drain(file);
  if (auto written = (*handle)->error.take(); !written) co_return written;
  const HandlePointer used = *handle;
  // What is written from now on is for the next one.
  const std::uint64_t begun = tree_.unsynced().begin();
  fs::Fsync request{0, 0, data_only};
  const auto reply = co_await through(used, request, client::MountSession::WaitLimit::endless);
  if (!reply) co_return std::unexpected(reply.error());
  if (tree_.unsynced().synced(file->inode, begun)) co_return Result<void>();
  // Whoever else wrote to it has lost that, too.
  for (const HandlePointer& other : file->handles) {
    if (other != used && other->writes() && !other->error) other->error.set(from_errno(EIO, {}));
  }
  co_return fail_errno(EIO, {});
}

Task<Result<void>> Files::sync_direct(std::uint64_t id, bool data_only) {
  const auto handle = find(id);
  if (!handle) co_return std::unexpected(handle.error());
  if (!(*handle)->direct) co_return Result<void>();
  co_return co_await fsync(id, data_only);
}

Task<void> Files::settle(Node node) {
  const auto found = files_.find(node);
  if (found == files_.end()) co_return;
  const FilePointer file = found->second;
  co_await drain(file);
}

Task<bool> Files::settle_all() {
  const auto files = files_;
  for (const auto& [node, file] : files) send_waiting(file, true);
  for (const auto& [node, file] : files) {
    const FilePointer one = file;
    co_await drain(one);
  }
  co_return unwritten_ == 0;
}

Task<Result<void>> Files::tell_error(HandlePointer handle) {
  if (!handle->error) co_return Result<void>();
  const FilePointer file = handle->file;
  co_await drain(file);
  co_return handle->error.take();
}

}  // namespace dftp::mount
