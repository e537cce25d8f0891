#include <algorithm>

#include "fuse/files_detail.h"

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

// What is less than a frame waits so long for more.
constexpr auto gather = 50ms;
// Small pieces all over a file: so many, and they are worth sending.
constexpr std::size_t max_extents = 64;

}  // namespace

Task<Result<void>> Files::write(std::uint64_t id, std::uint64_t offset, client::SharedBuffer data, WriteFlags flags) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  const FilePointer file = handle->file;
  if (auto before = co_await tell_error(handle); !before) co_return before;
  // The program must have lost its set-id bits when this returns.
  const bool through = flags.append || flags.through || may_have_set_ids(*file);
  if (through) co_return co_await write_through(handle, offset, data, flags.append);
  while (unwritten_ >= max_unwritten_) {
    send_waiting(file, true);
    co_await less_unwritten_.wait_for(100ms);
  }
  if (auto before = co_await tell_error(handle); !before) co_return before;
  const std::uint64_t end = offset + data->size();
  // Where the file ended before is known by what was read there, too.
  forget_read(*file, std::min(offset, file->size), end);
  ++file->writes;
  unwritten_ -= file->dirty.bytes();
  file->dirty.add(id, offset, data);
  unwritten_ += file->dirty.bytes();
  file->size = std::max(file->size, end);
  if (handle->may_be_mapped()) tree_.known().written_past(file->node);
  send_waiting(file, file->draining || file->dirty.extents() > max_extents);
  if (file->dirty.waits() && !file->timer) {
    file->timer = true;
    net::spawn(session_.executor(), send_later(this, file));
  }
  co_return Result<void>();
}

// Answered when the server has it: at the end of the file, wherever others have moved that, or because it is wanted so.
Task<Result<void>> Files::write_through(HandlePointer handle, std::uint64_t offset, client::SharedBuffer data,
                                        bool append) {
  const FilePointer file = handle->file;
  co_await drain(file);
  if (auto before = handle->error.take(); !before) co_return before;
  const auto written = co_await write_once(handle, offset, data, append);
  if (!written) co_return std::unexpected(written.error());
  ++file->writes;
  forget_read(*file, std::min(written->offset, file->size), written->offset + data->size());
  store_written(file, *written);
  const bool moved = append && written->offset != offset;
  if (moved) tree_.known().moved_content(file->node);
  if (handle->may_be_mapped()) tree_.known().written_past(file->node);
  // Another reader's page would have zeros where this one has written. By a direct write the kernel holds no page.
  if (append && handle->direct && (moved || handle->may_be_mapped()))
    co_await tree_.known().kernel_knows(session_.executor());
  co_return Result<void>();
}

Task<Result<client::WriteResult>> Files::write_once(HandlePointer handle, std::uint64_t offset,
                                                    client::SharedBuffer data, bool append) {
  while (true) {
    if (auto usable = co_await make_usable(handle); !usable) co_return std::unexpected(usable.error());
    const std::uint64_t epoch = handle->epoch;
    Result<client::WriteResult> written = std::unexpected(Error{});
    if (append) {
      written = co_await session_.append(handle->remote, epoch, data);
    } else {
      written = co_await session_.write(handle->remote, epoch, offset, data);
    }
    if (written || !client::is_stale(written.error()) || epoch == session_.epoch()) co_return written;
  }
}

bool Files::may_have_set_ids(const File& file) const {
  const auto known = tree_.known().attributes(file.node, true);
  return !file.plain || (known && (known->attr.mode & set_id_bits));
}

void Files::store_mode(File& file, std::uint32_t mode) {
  const bool plain = !(mode & set_id_bits);
  if (plain && !std::exchange(file.plain, plain)) tree_.known().lost_set_ids(file.node);
}

void Files::store_written(const FilePointer& file, const client::WriteResult& written) {
  tree_.unsynced().changed(file->inode);
  const WrittenAttr& attr = written.attr;
  // Answers overtake each other.
  file->remote_size = std::max(file->remote_size, attr.size);
  file->size = std::max(file->remote_size, file->dirty.end());
  store_mode(*file, attr.mode);
  tree_.known().store_written(file->node, attr.size, attr.blocks, attr.mtime, attr.ctime, attr.mode, written.at);
}

void Files::send_waiting(const FilePointer& file, bool all) {
  while (auto sending = file->dirty.take(all)) {
    net::spawn(session_.executor(), send(this, file, std::move(*sending)));
  }
}

Task<void> Files::send(Files* files, FilePointer file, WriteBehind::Sending sending) {
  const auto found = files->find(sending.extent.handle);
  Result<client::WriteResult> written = std::unexpected(Error{});
  if (found) {
    const HandlePointer handle = *found;
    const client::SharedBuffer data = sending.extent.data;
    written = co_await files->write_once(handle, sending.extent.offset, data, false);
    if (!written) handle->error.set(written.error());
  }
  files->unwritten_ -= file->dirty.bytes();
  file->dirty.finished(sending.number);
  files->unwritten_ += file->dirty.bytes();
  if (written) files->store_written(file, *written);
  files->send_waiting(file, file->draining);
  file->changed.notify_all();
  files->less_unwritten_.notify_all();
}

Task<void> Files::send_later(Files* files, FilePointer file) {
  co_await net::sleep_for(gather);
  file->timer = false;
  files->send_waiting(file, true);
}

Task<void> Files::drain(FilePointer file, std::uint64_t begin, std::uint64_t end) {
  // What was written further on makes the file longer, and what is read here a hole in it.
  const std::uint64_t known = std::min(end, file->size);
  const auto is_dirty = [&] {
    return file->dirty.overlaps(begin, end) || (file->remote_size < known && !file->dirty.empty());
  };
  while (is_dirty()) {
    file->draining = true;
    send_waiting(file, true);
    // What fails at once has told of its end already.
    if (is_dirty()) co_await file->changed.wait();
  }
  if (file->dirty.empty()) file->draining = false;
}

}  // namespace dftp::mount
