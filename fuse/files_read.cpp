#include <algorithm>

#include "fuse/files_detail.h"

namespace dftp::mount {

Task<Result<std::vector<Slice>>> Files::read(std::uint64_t id, std::uint64_t offset, std::uint32_t count) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  const FilePointer file = handle->file;
  const std::uint64_t end = offset + count;
  handle->used = Clock::now();
  co_await drain(file, offset, end);
  if (auto usable = co_await make_usable(handle); !usable) co_return std::unexpected(usable.error());
  cover(handle, offset, end, false);
  const std::uint64_t budget = max_ahead_ - std::min(max_ahead_, ahead_);
  if (const std::uint64_t window = handle->reader.window(offset, count, budget)) {
    // Ahead in whole frames, half a window at a time: many small requests would be dear.
    const std::uint64_t until = std::min(end + window, file->remote_size);
    if (until > end) cover(handle, end, until, true);
  }
  co_return co_await collect(handle, offset, end);
}

// Asks for what is not there yet. What is not yet written is not read ahead.
void Files::cover(const HandlePointer& handle, std::uint64_t begin, std::uint64_t end, bool ahead) {
  const std::uint64_t max = session_.granted().io_bytes;
  while (begin < end) {
    const auto next = handle->pieces.upper_bound(begin);
    if (next != handle->pieces.begin()) {
      const Piece& before = *std::prev(next)->second;
      if (before.end() > begin) {
        begin = before.end();
        continue;
      }
    }
    const std::uint64_t gap = next == handle->pieces.end() ? end : std::min(end, next->first);
    const std::uint64_t size = std::min(max, gap - begin);
    // The last bit of a window can wait until it is a frame.
    if (ahead && (handle->file->dirty.overlaps(begin, begin + size) ||
                  (size < max && begin + size < handle->file->remote_size && gap == end)))
      return;
    const auto piece = std::make_shared<Piece>(begin, size, session_.executor());
    handle->pieces.emplace(begin, piece);
    ahead_ += size;
    net::spawn(session_.executor(), fetch(this, handle, piece, ahead));
    begin += size;
  }
}

Task<void> Files::fetch(Files* files, HandlePointer handle, PiecePointer piece, bool ahead) {
  const auto count = static_cast<std::uint32_t>(piece->size);
  auto fetched = co_await files->session_.read(handle->remote, handle->epoch, piece->offset, count, ahead);
  if (fetched) {
    piece->data = std::move(fetched->data);
  } else {
    piece->data = std::unexpected(fetched.error());
  }
  piece->arrived.notify_all();
}

Task<Result<std::vector<Slice>>> Files::collect(HandlePointer handle, std::uint64_t offset, std::uint64_t end) {
  std::vector<Slice> slices;
  while (offset < end) {
    // It may have gone meanwhile: somebody wrote there.
    cover(handle, offset, end, false);
    const PiecePointer piece = std::prev(handle->pieces.upper_bound(offset))->second;
    while (!piece->data) co_await piece->arrived.wait();
    if (!*piece->data) {
      const Error error = piece->data->error();
      drop(*handle, piece->offset, piece->end());
      if (!client::is_stale(error) || handle->epoch == session_.epoch()) co_return std::unexpected(error);
      if (auto usable = co_await make_usable(handle); !usable) co_return std::unexpected(usable.error());
      continue;
    }
    const auto own = handle->pieces.find(piece->offset);
    if (own == handle->pieces.end() || own->second != piece) continue;
    const client::SharedBuffer buffer = **piece->data;
    const std::uint64_t stop = std::min(end, piece->end()), there = std::min(stop, piece->offset + buffer->size());
    if (there > offset)
      slices.push_back(
          {buffer, static_cast<std::size_t>(offset - piece->offset), static_cast<std::size_t>(there - offset)});
    piece->taken += stop - offset;
    const bool file_ends = there < stop;
    if (piece->taken >= piece->size || file_ends) drop(*handle, own);
    if (file_ends) break;
    offset = stop;
  }
  co_return slices;
}

void Files::drop(Handle& handle, std::uint64_t begin, std::uint64_t end) {
  auto next = handle.pieces.upper_bound(begin);
  if (next != handle.pieces.begin()) --next;
  while (next != handle.pieces.end() && next->first < end) {
    const auto piece = next++;
    if (piece->second->end() > begin) drop(handle, piece);
  }
}

void Files::drop(Handle& handle, std::map<std::uint64_t, PiecePointer>::iterator piece) {
  ahead_ -= piece->second->size;
  handle.pieces.erase(piece);
}

}  // namespace dftp::mount
