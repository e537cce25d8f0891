// A mount's blocks on their way in.
#pragma once

#include <memory>

#include "proto/net/stream.h"
#include "proto/wire/mount_block.h"

namespace dftp::server {

struct ReceivedMountBlock {
  MountBlock block;
  std::unique_ptr<std::byte[]> memory;
  Bytes payload() const { return {memory.get(), block.length}; }
};

class MountBlockReader {
 public:
  explicit MountBlockReader(net::Stream& stream)
      : stream_(stream), buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)) {}

  net::Task<Result<ReceivedMountBlock>> next();
  // A whole block has arrived already: next() will not wait.
  bool has_next() const;

 private:
  net::Task<Result<void>> need(std::size_t bytes);
  net::Task<Result<MountBlock>> read_head();
  net::Task<Result<void>> read_payload(MutableBytes out);
  std::span<const std::byte, block_header_bytes> header() const {
    return std::span<const std::byte, block_header_bytes>(buffer_.get() + begin_, block_header_bytes);
  }
  std::size_t buffered() const { return end_ - begin_; }

  // One TLS read's worth.
  static constexpr std::size_t buffer_bytes = 256 * 1024;
  net::Stream& stream_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace dftp::server
