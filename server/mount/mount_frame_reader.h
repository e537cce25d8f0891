// A mount's frames on their way in.
#pragma once

#include <memory>

#include "proto/net/stream.h"
#include "proto/wire/mount_frame.h"

namespace dftp::server {

struct ReceivedFrame {
  MountFrame frame;
  std::unique_ptr<std::byte[]> memory;
  Bytes payload() const { return {memory.get(), frame.length}; }
};

class MountFrameReader {
 public:
  explicit MountFrameReader(net::Stream& stream)
      : stream_(stream), buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)) {}

  net::Task<Result<ReceivedFrame>> next();
  // A whole frame has arrived already: next() will not wait.
  bool has_next() const;

 private:
  net::Task<Result<void>> need_header();
  net::Task<Result<void>> read_payload(MutableBytes out);
  std::span<const std::byte, mount_frame_bytes> header() const {
    return std::span<const std::byte, mount_frame_bytes>(buffer_.get() + begin_, mount_frame_bytes);
  }
  std::size_t buffered() const { return end_ - begin_; }

  // One TLS read's worth.
  static constexpr std::size_t buffer_bytes = 256 * 1024;
  net::Stream& stream_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace dftp::server
