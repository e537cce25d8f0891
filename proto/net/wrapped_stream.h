// A stream that passes everything on to another one; what differs is overridden. It sends no files by itself: their
// bytes would go past a write() that differs.
#pragma once

#include <memory>

#include "proto/net/stream.h"

namespace dftp::net {

class WrappedStream : public Stream {
 public:
  explicit WrappedStream(std::unique_ptr<Stream> inner) : inner_(std::move(inner)) {}

  Task<Result<std::size_t>> read_some(MutableBytes out) override { return inner_->read_some(out); }
  bool has_buffered() const override { return inner_->has_buffered(); }
  Task<Result<void>> write(Bytes data) override { return inner_->write(data); }
  Task<void> finish() override { return inner_->finish(); }
  void close() override { inner_->close(); }
  void expect_bulk() override { inner_->expect_bulk(); }
  void set_timeout(Duration limit) override { inner_->set_timeout(limit); }
  void set_read_deadline(std::chrono::steady_clock::time_point deadline) override {
    inner_->set_read_deadline(deadline);
  }
  std::uint64_t lost_segments() override { return inner_->lost_segments(); }
  Duration crypto_time() const override { return inner_->crypto_time(); }
  Duration limited_time() const override { return inner_->limited_time(); }
  const std::string& peer() const override { return inner_->peer(); }
  bool encrypted() const override { return inner_->encrypted(); }
  bool local() const override { return inner_->local(); }
  std::optional<PeerCredentials> credentials() const override { return inner_->credentials(); }
  std::optional<std::array<std::byte, 32>> exported_key(std::string_view label) const override {
    return inner_->exported_key(label);
  }
  Result<void> move_to(Executor executor) override { return inner_->move_to(std::move(executor)); }

 protected:
  const std::unique_ptr<Stream> inner_;
};

}  // namespace dftp::net
