// A data connection up to the first block that it is for. docs/protocol/core.md, "Data connections".
#pragma once

#include <functional>

#include "proto/net/wrapped_stream.h"
#include "proto/transfer/ticket.h"

namespace dftp {

net::Task<Result<void>> send_attach(net::Stream& stream, const Ticket& ticket);
// The same of a ticket that a request carries which is on its way: the server may see this first.
net::Task<Result<void>> send_early_attach(net::Stream& stream, const Ticket& ticket);
// Waits for the answer. The server's error, or Code::identity when it does not know the ticket's secret.
net::Task<Result<void>> check_attached(net::Stream& stream, const Ticket& ticket);

// The server's side: what stands behind the first `begun` bytes of the header of an `attach`.
struct AttachRequest {
  AttachProof proof;
  bool early = false;
};
net::Task<Result<AttachRequest>> read_attach(net::Stream& stream, Bytes begun);
net::Task<Result<void>> send_attached(net::Stream& stream, const Ticket& ticket);

// The lead data connection between its attach block and the answer to it: blocks may be sent at once, and the answer is
// checked when the first byte is read.
class AttachedStream final : public net::WrappedStream {
 public:
  // `on_close` is called whenever the stream is closed.
  AttachedStream(std::unique_ptr<net::Stream> inner, Ticket ticket, std::function<void()> on_close)
      : WrappedStream(std::move(inner)), ticket_(std::move(ticket)), on_close_(std::move(on_close)) {}

  net::Task<Result<std::size_t>> read_some(MutableBytes out) override;
  void close() override {
    inner_->close();
    if (on_close_) on_close_();
  }

 private:
  const Ticket ticket_;
  const std::function<void()> on_close_;
  bool checked_ = false;
};

}  // namespace dftp
