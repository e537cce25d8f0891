#include "server/mount/mount_block_reader.h"

#include <algorithm>
#include <cstring>

#include "proto/wire/big_endian.h"

namespace dftp::server {

net::Task<Result<ReceivedMountBlock>> MountBlockReader::next() {
  for (;;) {
    auto block = co_await read_head();
    if (!block) co_return std::unexpected(block.error());
    ReceivedMountBlock received{*block, std::make_unique_for_overwrite<std::byte[]>(block->length)};
    MutableBytes payload(received.memory.get(), block->length);
    if (auto read = co_await read_payload(payload); !read) co_return std::unexpected(read.error());
    if (!is_skipped(block->type)) co_return received;
  }
}

net::Task<Result<MountBlock>> MountBlockReader::read_head() {
  if (auto there = co_await need(block_header_bytes); !there) co_return std::unexpected(there.error());
  auto block = decode_mount_block(header());
  if (!block) co_return block;
  const std::size_t head = mount_head_bytes(block->type);
  if (auto there = co_await need(head); !there) co_return std::unexpected(there.error());
  if (has_number(block->type)) block->number = get_big_endian<std::uint64_t>(&buffer_[begin_ + block_header_bytes]);
  begin_ += head;
  co_return block;
}

bool MountBlockReader::has_next() const {
  if (buffered() < block_header_bytes) return false;
  const auto block = decode_mount_block(header());
  return block && !is_skipped(block->type) && buffered() >= mount_head_bytes(block->type) + block->length;
}

net::Task<Result<void>> MountBlockReader::need(std::size_t bytes) {
  while (buffered() < bytes) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, buffered());
    end_ -= std::exchange(begin_, 0);
    MutableBytes room(buffer_.get() + end_, buffer_bytes - end_);
    auto read = co_await stream_.read_some(room);
    if (!read) co_return std::unexpected(read.error());
    end_ += *read;
  }
  co_return Result<void>();
}

net::Task<Result<void>> MountBlockReader::read_payload(MutableBytes out) {
  const std::size_t there = std::min(out.size(), buffered());
  std::memcpy(out.data(), buffer_.get() + begin_, there);
  begin_ += there;
  MutableBytes rest = out.subspan(there);
  co_return co_await net::read_exactly(stream_, rest);
}

}  // namespace dftp::server
