#include "proto/transfer/block_reader.h"

#include <algorithm>
#include <cstring>

namespace dftp {
namespace {

// Past this a batch is big enough to keep the disk pool busy while the next one is gathered.
constexpr std::size_t batch_blocks = 512;

}  // namespace

BlockBatch::BlockBatch() : memory_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {}

void BlockBatch::clear() {
  blocks_.clear();
  used_ = 0;
}

bool BlockBatch::fits(std::size_t payload) const {
  return capacity - used_ >= payload && blocks_.size() < batch_blocks;
}

MutableBytes BlockBatch::add(const BlockHeader& header) {
  MutableBytes payload(memory_.get() + used_, header.length);
  used_ += header.length;
  blocks_.push_back({header, payload});
  return payload;
}

BlockReader::BlockReader(net::Stream& stream, std::uint64_t& arrived)
    : stream_(stream), arrived_(arrived), buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)) {}

net::Task<Result<void>> BlockReader::collect(BlockBatch& batch) {
  batch.clear();
  while (true) {
    if (!batch.empty() && buffered() < block_header_bytes) co_return Result<void>();
    if (auto there = co_await need(block_header_bytes); !there) co_return there;
    auto header = peek_header();
    if (!header) co_return std::unexpected(header.error());
    const bool whole = buffered() >= block_header_bytes + header->length;
    if (!batch.empty() && (!whole || !batch.fits(header->length))) co_return Result<void>();
    if (is_skipped(header->type)) {
      if (auto dropped = co_await drop(block_header_bytes + header->length); !dropped) co_return dropped;
      continue;
    }
    begin_ += block_header_bytes;
    after_large_ = header->length >= large_payload;
    if (auto read = co_await read_payload(batch.add(*header)); !read) co_return read;
  }
}

Result<BlockHeader> BlockReader::peek_header() const {
  return decode_block_header(std::span<const std::byte, block_header_bytes>(buffer_.get() + begin_, block_header_bytes),
                             Carries::transfer);
}

net::Task<Result<void>> BlockReader::need(std::size_t bytes) {
  while (buffered() < bytes) {
    if (begin_ > 0) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, buffered());
      end_ -= begin_;
      begin_ = 0;
    }
    const auto max = after_large_ ? read_after_large : buffer_bytes - end_;
    auto read = co_await stream_.read_some({buffer_.get() + end_, max});
    if (!read) co_return std::unexpected(read.error());
    end_ += *read;
    arrived_ += *read;
  }
  co_return Result<void>();
}

net::Task<Result<void>> BlockReader::drop(std::size_t bytes) {
  while (bytes > 0) {
    if (auto there = co_await need(1); !there) co_return there;
    const std::size_t there = std::min(bytes, buffered());
    begin_ += there;
    bytes -= there;
  }
  co_return Result<void>();
}

net::Task<Result<void>> BlockReader::read_payload(MutableBytes out) {
  const std::size_t there = std::min(out.size(), buffered());
  std::memcpy(out.data(), buffer_.get() + begin_, there);
  begin_ += there;
  // A large rest goes where it belongs without a copy.
  for (out = out.subspan(there); !out.empty();) {
    auto read = co_await stream_.read_some(out);
    if (!read) co_return std::unexpected(read.error());
    arrived_ += *read;
    out = out.subspan(*read);
  }
  co_return Result<void>();
}

}  // namespace dftp
