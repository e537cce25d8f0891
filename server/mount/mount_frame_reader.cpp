#include "server/mount/mount_frame_reader.h"

#include <algorithm>
#include <cstring>

namespace dftp::server {

net::Task<Result<ReceivedFrame>> MountFrameReader::next() {
  if (auto there = co_await need_header(); !there) co_return std::unexpected(there.error());
  auto frame = decode_mount_frame(header());
  if (!frame) co_return std::unexpected(frame.error());
  begin_ += mount_frame_bytes;
  ReceivedFrame received{*frame, std::make_unique_for_overwrite<std::byte[]>(frame->length)};
  MutableBytes payload(received.memory.get(), frame->length);
  if (auto read = co_await read_payload(payload); !read) co_return std::unexpected(read.error());
  co_return received;
}

bool MountFrameReader::has_next() const {
  if (buffered() < mount_frame_bytes) return false;
  const auto frame = decode_mount_frame(header());
  return frame && buffered() - mount_frame_bytes >= frame->length;
}

net::Task<Result<void>> MountFrameReader::need_header() {
  while (buffered() < mount_frame_bytes) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, buffered());
    end_ -= std::exchange(begin_, 0);
    MutableBytes room(buffer_.get() + end_, buffer_bytes - end_);
    auto read = co_await stream_.read_some(room);
    if (!read) co_return std::unexpected(read.error());
    end_ += *read;
  }
  co_return Result<void>();
}

net::Task<Result<void>> MountFrameReader::read_payload(MutableBytes out) {
  const std::size_t there = std::min(out.size(), buffered());
  std::memcpy(out.data(), buffer_.get() + begin_, there);
  begin_ += there;
  MutableBytes rest = out.subspan(there);
  co_return co_await net::read_exactly(stream_, rest);
}

}  // namespace dftp::server
