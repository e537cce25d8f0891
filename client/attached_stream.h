// The lead data connection between its attach frame and the answer to it: blocks may be sent at once, and the answer is
// checked when the first byte is read. docs/protocol.md, "Attaching".
#pragma once

#include <functional>
#include <memory>

#include "proto/net/stream.h"
#include "proto/transfer/ticket.h"

namespace dftp::client {

// Sends the attach frame.
net::Task<Result<void>> send_attach(net::Stream& stream, const Ticket& ticket);
// Waits for the answer. The server's error, or Code::identity when it does not know the ticket's secret.
net::Task<Result<void>> check_attached(net::Stream& stream, const Ticket& ticket);

class AttachedStream final : public net::Stream {
 public:
  // `on_close` is called whenever the stream is closed.
  AttachedStream(std::unique_ptr<net::Stream> inner, Ticket ticket, std::function<void()> on_close)
      : inner_(std::move(inner)), ticket_(std::move(ticket)), on_close_(std::move(on_close)) {}

  net::Task<Result<std::size_t>> read_some(MutableBytes out) override;
  net::Task<Result<void>> write(Bytes data) override { return inner_->write(data); }
  net::Task<void> finish() override { return inner_->finish(); }
  void close() override {
    inner_->close();
    if (on_close_) on_close_();
  }
  void set_timeout(net::Duration limit) override { inner_->set_timeout(limit); }
  void set_read_deadline(std::chrono::steady_clock::time_point deadline) override {
    inner_->set_read_deadline(deadline);
  }
  const std::string& peer() const override { return inner_->peer(); }
  bool encrypted() const override { return inner_->encrypted(); }
  bool local() const override { return inner_->local(); }
  std::optional<net::PeerCredentials> credentials() const override { return inner_->credentials(); }
  std::optional<std::array<std::byte, 32>> exported_key(std::string_view label) const override {
    return inner_->exported_key(label);
  }
  Result<void> move_to(net::Executor executor) override { return inner_->move_to(std::move(executor)); }

 private:
  const std::unique_ptr<net::Stream> inner_;
  const Ticket ticket_;
  const std::function<void()> on_close_;
  bool checked_ = false;
};

}  // namespace dftp::client
